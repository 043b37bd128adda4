"""Time integration, Newton's method and linear solvers."""
