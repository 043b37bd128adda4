"""Cells built by hand for the unit and verification tests."""
