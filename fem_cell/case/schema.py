"""JSON Schema of case files, for editors that complete and check them."""

from __future__ import annotations

from typing import Any

from fem_cell.case.tables import CaseTable
from fem_cell.materials.keys import KEYS
from fem_cell.units import show_si

_KINDS = {
    "PorousActiveTable": "active_material",
    "DenseActiveTable": "active_material",
    "BoronSkeletonTable": "lithium_host",
    "BinarySaltTable": "binary_electrolyte",
    "SingleIonTable": "single_ion_electrolyte",
    "CounterElectrodeTable": "counter_electrode",
}


def case_schema() -> dict[str, Any]:
    """The JSON Schema of a case file; defaults are shown with their unit."""
    schema = CaseTable.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "fem_cell case"
    _show_units(schema)
    for table, kind in _KINDS.items():
        _add_quantities(schema["$defs"][table], kind)
    return schema


def _add_quantities(table: dict[str, Any], kind: str) -> None:
    """The quantities of a data sheet, which a table may override."""
    for name, key in KEYS[kind].items():
        unit = f" [{key.unit}]" if key.unit else ""
        types = ["object"] if key.law else ["string", "number", "object"]
        quantity = {"type": types, "description": f"{key.help}{unit}"}
        table["properties"].setdefault(name, quantity)
    table["additionalProperties"] = False


def _show_units(node: Any) -> None:
    """Replace SI defaults by texts with units, and drop the marks that say which unit.

    A whole table has no default here: its keys have theirs, with their units.
    """
    if isinstance(node, list):
        for item in node:
            _show_units(item)
    if not isinstance(node, dict):
        return
    for item in node.values():
        _show_units(item)
    if isinstance(node.get("default"), dict):
        del node["default"]
    unit = node.pop("unit", None) if isinstance(node.get("unit"), str) else None
    if unit and isinstance(node.get("default"), float):
        node["default"] = show_si(node["default"], unit)
