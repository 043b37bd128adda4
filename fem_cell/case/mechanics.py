"""Read the mechanics of a case: complete the table and check it against the rest."""

from __future__ import annotations

from collections.abc import Mapping

from fem_cell.case.model import PhaseCase
from fem_cell.case.shape import Outline
from fem_cell.case.tables import MechanicsTable, TerminalsTable
from fem_cell.errors import Fault, InputError, nearest
from fem_cell.materials.stiffness import stiffness_of

SYMMETRY = "symmetry"
"""Surface that is taken as symmetric unless the case says otherwise."""


def complete_mechanics(
    table: MechanicsTable,
    phases: Mapping[str, PhaseCase],
    names: Outline,
    terminals: TerminalsTable,
    temperature: float,
    faults: list[Fault],
) -> MechanicsTable:
    """The table with its surfaces filled in.

    Args:
        table: As the case gives it.
        phases: All phases.
        names: The names of the geometry.
        terminals: The terminals.
        temperature: K.
        faults: What is wrong is added here.
    """
    given = table.symmetric
    symmetric = given if given is not None else [n for n in names.surfaces if n == SYMMETRY]
    filled = {
        "support": table.support or terminals.positive,
        "face": table.face or terminals.negative,
        "symmetric": symmetric,
    }
    complete = table.model_copy(update=filled)
    _check_surfaces(complete, names, faults)
    _check_fixture(table, faults)
    _check_coupling(table, phases, faults)
    _check_materials(phases, temperature, faults)
    return complete


def _check_surfaces(table: MechanicsTable, names: Outline, faults: list[Fault]) -> None:
    places = {"mechanics.support": table.support, "mechanics.face": table.face}
    places |= {f"mechanics.symmetric[{i}]": n for i, n in enumerate(table.symmetric or [])}
    seen: dict[str, str] = {}
    for key, name in places.items():
        if name not in names.surfaces:
            problem = f"'{name}' is not a surface of the geometry"
            faults.append(Fault(key, problem, nearest(str(name), names.surfaces)))
        elif name in seen:
            problem = f"'{name}' is {seen[name]} already"
            faults.append(Fault(key, problem, "give every surface one condition"))
        seen.setdefault(str(name), key)


def _check_fixture(table: MechanicsTable, faults: list[Fault]) -> None:
    if table.fixture == "spring" and table.fixture_stiffness is None:
        remedy = 'give e.g. fixture_stiffness = "1 MPa/um"'
        faults.append(Fault("mechanics.fixture_stiffness", "is missing", remedy))
    if table.fixture != "spring" and table.fixture_stiffness is not None:
        problem = f"has no effect with fixture = '{table.fixture}'"
        remedy = "set fixture = 'spring', or leave it out"
        faults.append(Fault("mechanics.fixture_stiffness", problem, remedy))


def _check_coupling(
    table: MechanicsTable, phases: Mapping[str, PhaseCase], faults: list[Fault]
) -> None:
    if table.coupling == "two_way" and not any(p.model == "dense_active" for p in phases.values()):
        problem = "'two_way' has no effect: stress acts on lithium in dense_active phases only"
        remedy = "leave it out, or give a phase the model dense_active"
        faults.append(Fault("mechanics.coupling", problem, remedy))


def _check_materials(
    phases: Mapping[str, PhaseCase], temperature: float, faults: list[Fault]
) -> None:
    for name, phase in phases.items():
        if phase.model in ("porous_active", "boron_skeleton"):
            problem = f"is a {phase.model} phase, which is homogenised and has no stress"
            faults.append(Fault(f"phases.{name}", problem, "leave [mechanics] out"))
            continue
        try:
            stiffness_of(phase.material, temperature, f"phases.{name}")
        except InputError as error:
            faults.extend(error.faults)
