"""Constitutive laws as pure expressions: no meshes, no spaces.

Every law takes UFL expressions or NumPy values alike; which of the two is
decided by :mod:`fem_cell.laws.expressions`. Laws are smooth and monotone just
outside their range of validity, because Newton's iterates go there.
"""
