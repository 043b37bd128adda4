"""Interfaces a case does not mention: the ones every cell of its kind has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fem_cell.case.model import ELECTRODE_MODELS, ELECTROLYTE_MODELS
from fem_cell.case.shape import Outline
from fem_cell.case.tables import TerminalsTable


def model_of(phases: Mapping[str, Any], name: str) -> str | None:
    """The model a phase's table asks for, if it is a table."""
    table = phases.get(name)
    model = table.get("model") if isinstance(table, Mapping) else None
    return model if isinstance(model, str) else None


def pair_key(one: str, other: str, phases: Mapping[str, Any]) -> str:
    """Key of the interface of two phases: ``"a-b"`` with the active phase first."""
    models = model_of(phases, one), model_of(phases, other)
    if models[1] in ELECTRODE_MODELS and models[0] not in ELECTRODE_MODELS:
        one, other = other, one
    return f"{one}-{other}"


def complete_interfaces(
    explicit: Mapping[str, Any],
    phases: Mapping[str, Any],
    names: Outline | None,
    terminals: TerminalsTable | None,
) -> dict[str, Any]:
    """The tables of a case's interfaces with the defaults of those it leaves out.

    Args:
        explicit: The tables of the case file by normalised key.
        phases: The ``[phases]`` table as TOML gives it.
        names: The names of the geometry; without them every pair is taken to touch.
        terminals: The terminals, if they could be read.

    Returns:
        ``explicit`` and: Butler-Volmer kinetics where an active phase touches an electrolyte; a
        contact at the positive terminal; lithium at the negative one. A cell without active
        phases has lithium at both terminals.
    """
    complete = dict(explicit)
    active = [name for name in phases if model_of(phases, name) in ELECTRODE_MODELS]
    for one in active:
        for other in phases:
            touching = names is None or names.touch(one, other)
            if touching and model_of(phases, other) in ELECTROLYTE_MODELS:
                complete.setdefault(f"{one}-{other}", {"model": "butler_volmer"})
    if terminals is not None:
        counter = {"model": "counter_electrode", "material": "lithium"}
        complete.setdefault(terminals.positive, {"model": "contact"} if active else counter)
        complete.setdefault(terminals.negative, counter)
    return complete
