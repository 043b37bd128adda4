"""Case files: validated, units resolved, defaults explicit."""

from fem_cell.case.load import load_case
from fem_cell.case.model import Case, GeometryCase, InterfaceCase, PhaseCase
from fem_cell.case.schema import case_schema

__all__ = ["Case", "GeometryCase", "InterfaceCase", "PhaseCase", "case_schema", "load_case"]
