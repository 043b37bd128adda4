"""What is recorded of layers of free lithium, and how a run can end in them.

Thickness, porosity and lithium on top follow from the lithium fraction by
:mod:`fem_cell.laws.lithium_host`; two things a layer cannot do end a run: give lithium it no
longer has next to the electrolyte, and carry the stack pressure with too little left in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.laws.lithium_host import EXHAUSTION_WIDTH
from fem_cell.mesh import MICROMETRE
from fem_cell.phases.boron_skeleton import BoronSkeleton
from fem_cell.phases.model import QUADRATURE_DEGREE
from fem_cell.solver.steps import Event
from fem_cell.solver.system import System
from fem_cell.unknowns import COMPACTION, LITHIUM_FRACTION, LITHIUM_IN_PORES, Unknown

MEGAPASCAL = 1e6

_COLUMNS = (
    "Thickness Change / um",
    "Porosity / 1",
    "Largest Porosity / 1",
    "Contact / 1",
    "Lithium On Top / um",
    "Collapse Pressure / MPa",
)


@dataclass(slots=True)
class LithiumLayers:
    """The layers of free lithium of a cell; all methods are collective but ``columns``.

    Attributes:
        system: Whose layers.
        footprint: Area that thickness refers to, m^2.
    """

    system: System
    footprint: float
    _layers: dict[str, BoronSkeleton] = field(default_factory=dict)
    _forms: list[fem.Form] = field(default_factory=list)
    _contacts: dict[str, fem.Form] = field(default_factory=dict)
    _areas: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Compile the integrals: change of volume, pores, volume, what lies on top, contact."""
        cell = self.system.cell
        for name, layer in cell.lithium_layers().items():
            region = cell.region[name]
            phi, psi = region[LITHIUM_FRACTION], region[LITHIUM_IN_PORES]
            self._layers[name] = layer
            host, filled, e = layer.host, psi.value, layer.compaction(region)
            start = float(host.in_pores(host.lithium))
            top = phi.value - filled - (host.lithium - start)
            change = host.stretch(filled, e) - float(host.stretch(start)) + top
            for density in (change, host.pores(filled, e), host.stretch(filled, e), top):
                form = fem.form(density * region.dx, entity_maps=cell.entity_maps())
                self._forms.append(form)
            pairs = [pair for pair in cell.charge_transfer if pair[0] == name]
            touching = sum(
                host.contact(filled, e)("+") * cell.mesh.interface_measure(*pair, QUADRATURE_DEGREE)
                for pair in pairs
            )
            self._areas[name] = sum(cell.mesh.interface_area(*pair) for pair in pairs)
            self._contacts[name] = fem.form(touching, entity_maps=cell.entity_maps())

    def columns(self) -> list[str]:
        """Labels for the time series."""
        return [f"{name.title()} {label}" for name in self._layers for label in _COLUMNS]

    def row(self) -> list[float]:
        """Values of :meth:`columns` for the loaded fields."""
        local = np.array(
            [fem.assemble_scalar(form) for form in (*self._forms, *self._contacts.values())]
        )
        total = np.zeros_like(local)
        self.system.comm.Allreduce(local, total)
        bulk, faces = total[: len(self._forms)], total[len(self._forms) :]
        values: list[float] = []
        for (name, layer), sums, touching in zip(
            self._layers.items(), bulk.reshape(-1, 4).tolist(), faces.tolist(), strict=True
        ):
            change, pores, volume, top = sums
            porosity, collapse = self._extremes(name, layer)
            values += [
                change / self.footprint / MICROMETRE,
                pores / volume,
                porosity,
                touching / self._areas[name],
                top / self.footprint / MICROMETRE,
                collapse / MEGAPASCAL,
            ]
        return values

    def events(self) -> list[Event]:
        """What ends a run."""
        found = []
        for name, layer in self._layers.items():
            found.append(self._exhaustion(name))
            if layer.host.skeleton > 0.0 and layer.pressure > 0.0:
                found.append(self._collapse(name, layer))
        return found

    def why(self, reason: str, state: PETSc.Vec) -> str | None:
        """What is wrong and what to do, if a step was ended by one of these events."""
        for name, layer in self._layers.items():
            if reason == _exhausted(name):
                return (
                    f"no lithium is left in '{name}' next to the electrolyte: the current takes "
                    f"it faster than it is supplied, or all of it is gone; end the step with "
                    f"'until ... V' ({layer.host.skeleton_potential:g} V or less on that side), "
                    "or take less"
                )
            if reason == _collapsed(name):
                porosity, _ = self._extremes(name, layer, state)
                return (
                    f"the skeleton of '{name}' collapses under {layer.pressure / MEGAPASCAL:g} "
                    f"MPa where its porosity is {porosity:.3f}; take "
                    "less lithium or less pressure"
                )
        return None

    def _exhaustion(self, name: str) -> Event:
        unknown = self.system.cell.unknown(LITHIUM_FRACTION, name)

        def left(t: float, state: PETSc.Vec) -> float:
            least = self._part(unknown, state).min(initial=np.inf)
            return float(self.system.comm.allreduce(least, MPI.MIN)) + EXHAUSTION_WIDTH

        return Event(_exhausted(name), left, 0.1 * EXHAUSTION_WIDTH)

    def _collapse(self, name: str, layer: BoronSkeleton) -> Event:
        def left(t: float, state: PETSc.Vec) -> float:
            return self._extremes(name, layer, state)[1] / layer.pressure - 1.0

        return Event(_collapsed(name), left, 1e-4)

    def _extremes(
        self, name: str, layer: BoronSkeleton, state: PETSc.Vec | None = None
    ) -> tuple[float, float]:
        """Largest porosity and lowest pressure of collapse (Pa), of a state or as loaded."""
        psi, e = (
            self._part(self.system.cell.unknown(kind, name), state) if kind in layer.kinds else 0.0
            for kind in (LITHIUM_IN_PORES, COMPACTION)
        )
        porosity = np.asarray(layer.host.porosity(psi, e)).max(initial=-np.inf)
        collapse = np.asarray(layer.host.collapse_pressure(psi, e)).min(initial=np.inf)
        comm = self.system.comm
        return float(comm.allreduce(porosity, MPI.MAX)), float(comm.allreduce(collapse, MPI.MIN))

    def _part(self, unknown: Unknown, state: PETSc.Vec | None) -> np.ndarray:
        """Owned values of an unknown, of a state or as loaded (local)."""
        block = self.system.blocks[self.system.cell.unknowns.index(unknown)]
        if state is None:
            return np.asarray(unknown.value.x.array[: block.size])
        return np.asarray(state.array_r[block.slice])


def _exhausted(name: str) -> str:
    return f"lithium of {name} used up"


def _collapsed(name: str) -> str:
    return f"collapse of {name}"
