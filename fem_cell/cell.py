"""The cell: phases, interfaces and terminals composed into one system.

A cell owns the unknown fields and the terms of the residual F(t, u, du/dt), in
units of a current scale:

* unknowns of one kind are continuous across phases that share them: ionic ones
  where both sides hold the same electrolyte, electric ones between electrodes;
* interfaces join what remains separate;
* nothing passes a named cut (a crack, a patch without contact), and at the boundaries of its
  grains a phase may let unknowns jump;
* the positive terminal is an equipotential surface whose potential V is an
  unknown, and the negative terminal is at zero. V obeys

  mode * (I(u) - I_set) + (1 - mode) * G (V - V_set) = 0,

  so that a switch between current and potential control changes no space.

Building a cell is collective.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import ufl
from dolfinx import fem

from fem_cell.errors import Fault, InputError, nearest
from fem_cell.interfaces.butler_volmer import ChargeTransfer
from fem_cell.interfaces.lithium_transfer import LithiumTransfer
from fem_cell.interfaces.model import Surface, TerminalModel
from fem_cell.laws.expressions import Expression
from fem_cell.mesh import CellMesh
from fem_cell.mesh.grain_fields import grain_field
from fem_cell.phases.boron_skeleton import BoronSkeleton
from fem_cell.phases.bulk_electrolyte import BulkElectrolyte
from fem_cell.phases.dense_active import DenseActive
from fem_cell.phases.model import QUADRATURE_DEGREE, Phase, Region, StressWork
from fem_cell.phases.porous_active import PorousActive
from fem_cell.unknowns import (
    COMPACTION,
    ELECTRODE_POTENTIAL,
    LITHIUM_FRACTION,
    LITHIUM_IN_PORES,
    OHMIC_POTENTIAL,
    SALT_CONCENTRATION,
    STOICHIOMETRY,
    Balances,
    Unknown,
    make_terminal,
    make_unknown,
)

AnyActive = DenseActive | PorousActive
AnyPhase = AnyActive | BoronSkeleton | BulkElectrolyte
AnyTransfer = ChargeTransfer | LithiumTransfer

IONIC = frozenset({SALT_CONCENTRATION, OHMIC_POTENTIAL})

_KINDS = (
    STOICHIOMETRY,
    LITHIUM_FRACTION,
    LITHIUM_IN_PORES,
    COMPACTION,
    ELECTRODE_POTENTIAL,
    SALT_CONCENTRATION,
    OHMIC_POTENTIAL,
)


@dataclass(frozen=True, slots=True)
class Terminals:
    """The two surfaces where current enters and leaves, with their models."""

    positive: str
    negative: str
    models: Mapping[str, TerminalModel]


@dataclass(slots=True)
class Control:
    """What the terminal imposes; change the values between steps freely.

    Attributes:
        mode: One under current control, zero under potential control.
        current: I_set, A, positive on charge.
        voltage: V_set, V.
    """

    mode: fem.Constant
    current: fem.Constant
    voltage: fem.Constant

    def set_current(self, current: float) -> None:
        """Impose the total current, A (positive on charge)."""
        self.mode.value, self.current.value = 1.0, current

    def set_voltage(self, voltage: float) -> None:
        """Impose the potential of the terminal, V."""
        self.mode.value, self.voltage.value = 0.0, voltage


@dataclass(slots=True)
class Cell:
    """A cell ready to be solved.

    Attributes:
        mesh: Its mesh.
        phases: Models by name.
        unknowns: Fields first, the terminal's potential last.
        balances: F(t, u, du/dt); the terms are fractions of ``current_scale``, the
            reactions at vertices are not.
        control: What the terminal imposes.
        current_scale: A; every residual is a fraction of it.
        positive_current: Form of the current into the cell at the positive terminal, A.
        negative_current: The same at the negative terminal, A.
        region: Where each phase writes its terms, by name.
        charge_transfer: Interfaces by electrode and electrolyte.
        negative_potential: Potential of the electrons behind the negative terminal; ``None``
            behind a foil.
    """

    mesh: CellMesh
    phases: Mapping[str, AnyPhase]
    unknowns: list[Unknown]
    balances: Balances
    control: Control
    current_scale: float
    positive_current: ufl.Form
    negative_current: ufl.Form
    region: dict[str, Region] = field(default_factory=dict)
    charge_transfer: Mapping[tuple[str, str], AnyTransfer] = field(default_factory=dict)
    negative_potential: Unknown | None = None

    @property
    def terminal(self) -> Unknown:
        """The potential of the positive terminal."""
        return self.unknowns[-1]

    def unknown(self, kind: str, phase: str) -> Unknown:
        """The unknown of a kind in a phase."""
        return self.region[phase][kind]

    def active_phases(self) -> dict[str, AnyActive]:
        """Phases that store lithium, by name."""
        return {n: p for n, p in self.phases.items() if isinstance(p, AnyActive)}

    def lithium_layers(self) -> dict[str, BoronSkeleton]:
        """Phases of free lithium, by name."""
        return {n: p for n, p in self.phases.items() if isinstance(p, BoronSkeleton)}

    def entity_maps(self) -> list[object]:
        """Maps between the parent mesh and every sub-mesh in use."""
        maps = {id(u.sub_mesh): u.sub_mesh.cell_map for u in self.unknowns if u.sub_mesh}
        return list(maps.values())

    def set_initial(self, stoichiometry: float, voltage: float, counter_potential: float) -> None:
        """Uniform state at rest. Ghosts are set too.

        Args:
            stoichiometry: Of the active material.
            voltage: Initial guess of the terminal's potential, V.
            counter_potential: Equilibrium potential of the negative electrode, V.
        """
        for unknown in self.unknowns[:-1]:
            value = self.phases[unknown.phases[0]].initial(unknown.kind, stoichiometry)
            if unknown.kind in (OHMIC_POTENTIAL, ELECTRODE_POTENTIAL):
                value -= counter_potential
            unknown.value.x.array[:] = value
            unknown.rate.x.array[:] = 0.0
        self.terminal.value.x.array[:] = voltage


def build_cell(
    mesh: CellMesh,
    phases: Mapping[str, AnyPhase],
    charge_transfer: Mapping[tuple[str, str], AnyTransfer],
    terminals: Terminals,
    temperature: float,
    current_scale: float,
) -> Cell:
    """Compose a cell. Collective.

    Args:
        mesh: Mesh whose phases are exactly those of ``phases``.
        phases: Models by name of the phase.
        charge_transfer: Interface models by (active phase, electrolyte phase).
        terminals: The two terminal surfaces and their models.
        temperature: K.
        current_scale: A typical current, A: residuals are fractions of it.

    Raises:
        InputError: Two different electrolytes touch, or a terminal lies on a
            phase its model does not fit.
    """
    neighbours = mesh.neighbours()
    _check_electrolytes(phases, neighbours)
    unknowns, at = _make_unknowns(mesh, phases, neighbours)
    terminal = make_terminal(mesh)
    kelvin = fem.Constant(mesh.mesh, float(temperature))

    def constant(value: float) -> fem.Constant:
        return fem.Constant(mesh.mesh, float(value))

    dx = mesh.dx(QUADRATURE_DEGREE)
    regions = {
        name: Region(
            name,
            at[name],
            dx(tag),
            constant,
            kelvin,
            partial(grain_field, mesh, name),
            _grain_boundary_measure(mesh, name),
            _stress_work(phases[name], at[name], constant),
        )
        for name, tag in mesh.phase_tags.items()
    }
    balances = Balances()
    for name, phase in phases.items():
        phase.add_terms(balances, regions[name])
    for (plus, minus), interface in charge_transfer.items():
        measure = mesh.interface_measure(plus, minus, QUADRATURE_DEGREE)
        interface.add_terms(balances, regions[plus], regions[minus], measure)

    def terminal_current(surface: str, potential: Unknown | None) -> tuple[Expression, ufl.Measure]:
        measure = mesh.surface_measure(surface, QUADRATURE_DEGREE)
        phase = _phase_behind(mesh, surface)
        behind = at[phase]
        _check_terminal(surface, terminals.models[surface].joins, phase, behind)
        side = Surface(surface, behind, measure, potential, constant, kelvin)
        return terminals.models[surface].add_terms(balances, side), measure

    density, ds = terminal_current(terminals.positive, terminal)
    opposite, ds_opposite = terminal_current(terminals.negative, None)
    area = mesh.area(terminals.positive)
    control = Control(constant(1.0), constant(0.0), constant(0.0))
    conductance = constant(current_scale / area / 0.025)
    law = control.mode * (density - control.current / constant(area)) + (
        1 - control.mode
    ) * conductance * (terminal.value - control.voltage)
    balances.add(terminal, law * terminal.test * ds)
    scale = constant(1.0 / current_scale)
    balances.terms = {
        name: [scale * term for term in terms] for name, terms in balances.terms.items()
    }
    return Cell(
        mesh,
        phases,
        [*unknowns, terminal],
        balances,
        control,
        current_scale,
        density * ds,
        opposite * ds_opposite,
        regions,
        charge_transfer,
        at[_phase_behind(mesh, terminals.negative)].get(ELECTRODE_POTENTIAL),
    )


def _make_unknowns(
    mesh: CellMesh, phases: Mapping[str, Phase], neighbours: list[tuple[str, str]]
) -> tuple[list[Unknown], dict[str, dict[str, Unknown]]]:
    """One unknown per kind and group of phases over which it is continuous."""
    unknowns: list[Unknown] = []
    at: dict[str, dict[str, Unknown]] = {name: {} for name in phases}
    for kind in _KINDS:
        carriers = [name for name, phase in phases.items() if kind in phase.kinds]
        links = [pair for pair in neighbours if _continuous(kind, phases, pair)]
        for group in _connected(carriers, links):
            unknown = make_unknown(kind, mesh, group, _cuts(kind, mesh, phases, group))
            unknowns.append(unknown)
            for name in group:
                at[name][kind] = unknown
    return unknowns, at


def _cuts(
    kind: str, mesh: CellMesh, phases: Mapping[str, Phase], group: tuple[str, ...]
) -> tuple[str, ...]:
    """Where an unknown may jump: cuts within its phases, and boundaries of grains. Collective."""
    grains = [mesh.grain_boundaries(n) for n in group if kind in phases[n].jumps_between_grains]
    return (*mesh.cuts_within(group), *(name for name in grains if name))


def _continuous(kind: str, phases: Mapping[str, Phase], pair: tuple[str, str]) -> bool:
    a, b = (phases[name] for name in pair)
    if (
        kind in (STOICHIOMETRY, LITHIUM_FRACTION, LITHIUM_IN_PORES, COMPACTION)
        or kind not in a.kinds
        or kind not in b.kinds
    ):
        return False
    return kind not in IONIC or a.electrolyte_name == b.electrolyte_name


def _connected(names: list[str], links: list[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Groups of names connected by links, in the order of the names."""
    group = {name: {name} for name in names}
    for a, b in links:
        merged = group[a] | group[b]
        for name in merged:
            group[name] = merged
    seen: list[tuple[str, ...]] = []
    for name in names:
        members = tuple(n for n in names if n in group[name])
        if members not in seen:
            seen.append(members)
    return seen


def _grain_boundary_measure(mesh: CellMesh, phase: str) -> ufl.Measure | None:
    name = mesh.grain_boundaries(phase)
    return mesh.cut_measure(name, QUADRATURE_DEGREE) if name else None


def _stress_work(
    phase: AnyPhase, unknowns: Mapping[str, Unknown], constant: Callable[[float], fem.Constant]
) -> StressWork | None:
    if not isinstance(phase, DenseActive) or not phase.feels_stress:
        return None
    space = unknowns[STOICHIOMETRY].value.function_space
    return StressWork(fem.Function(space, name="work_of_stress"), constant(0.0))


def _check_electrolytes(phases: Mapping[str, Phase], neighbours: list[tuple[str, str]]) -> None:
    faults = []
    for a, b in neighbours:
        names = {phases[a].electrolyte_name, phases[b].electrolyte_name}
        if None not in names and len(names) == 2:
            faults.append(
                Fault(
                    f"phases.{b}.material",
                    f"'{a}' and '{b}' touch and hold different electrolytes "
                    f"({' and '.join(sorted(map(str, names)))})",
                    "give both the same electrolyte: no model joins two different ones",
                )
            )
    if faults:
        raise InputError(faults)


def _check_terminal(
    surface: str, potential: str, phase: str, unknowns: Mapping[str, Unknown]
) -> None:
    """A collector lies on an electron conductor, a foil on an electrolyte."""
    if potential not in unknowns:
        problem = f"does not fit: '{phase}' behind it has no {potential.replace('_', ' ')}"
        remedy = "contact belongs on an electrode, counter_electrode on an electrolyte"
        raise InputError([Fault(f"interfaces.{surface}.model", problem, remedy)])


def _phase_behind(mesh: CellMesh, surface: str) -> str:
    """The one phase that a surface bounds. Collective."""
    if surface not in mesh.surface_facets:
        problem = f"surface '{surface}' lies inside the cell"
        remedy = nearest(surface, list(mesh.surface_facets))
        raise InputError([Fault("terminals", problem, remedy)])
    cells = mesh.surface_facets[surface].reshape(-1, 2)[:, 0]
    tags = np.unique(mesh.phase_of_cell[cells])
    touched = set().union(*mesh.comm.allgather(set(tags.tolist())))
    names = [name for name, tag in mesh.phase_tags.items() if tag in touched]
    if len(names) != 1:
        found = "no phase" if not names else " and ".join(names)
        raise InputError(
            [Fault("terminals", f"surface '{surface}' bounds {found}", "it must bound one phase")]
        )
    return names[0]
