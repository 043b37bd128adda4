"""Data sheets of materials: values with unit, tag and source, and their reader."""

from fem_cell.materials.reading import load_sheet, read_sheet, sheet_names
from fem_cell.materials.sheet import DataSheet, Entry

__all__ = ["DataSheet", "Entry", "load_sheet", "read_sheet", "sheet_names"]
