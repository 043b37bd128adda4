"""Files that are replaced whole, so that a run in progress can be read at any time."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def replace_text(path: Path, text: str) -> None:
    """Write a text file beside its place and move it there."""
    # several ranks may have the same bad news to write
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def replace_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file beside its place and move it there."""
    replace_text(path, json.dumps(content, indent=2) + "\n")
