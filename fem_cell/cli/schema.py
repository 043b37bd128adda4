"""``fem-cell schema``: the JSON Schema of case files, for editors."""

from __future__ import annotations

import argparse
import json

from fem_cell.case import case_schema


def command(options: argparse.Namespace) -> int:
    """Print the schema."""
    print(json.dumps(case_schema(), indent=2))
    return 0
