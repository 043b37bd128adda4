"""Physical constants (CODATA 2018, exact by the definition of the SI)."""

FARADAY = 96485.33212
"""Charge of a mole of electrons, C/mol."""

GAS_CONSTANT = 8.314462618
"""Molar gas constant, J/(mol K)."""
