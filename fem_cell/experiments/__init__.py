"""Virtual experiments: what is measured on a cell besides its curves, and how it is evaluated."""
