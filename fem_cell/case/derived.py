r"""Numbers that follow from a case before anything is meshed or solved.

.. math::
   q = \frac1A \sum_p V_p\, \varepsilon_p\, f_p\, F c_{max} (s_{max} - s_{min}), \qquad
   i_{1C} = \frac1A \sum_p V_p\, \varepsilon_p\, \rho\, i_{spec}

with volume V, volume fraction of active material epsilon, accessible fraction f and footprint A.
"""

from __future__ import annotations

from dataclasses import dataclass

from fem_cell.case.model import LITHIUM_MODELS, Case, PhaseCase
from fem_cell.case.shape import exact_sizes
from fem_cell.laws.constants import FARADAY

BYTES_PER_UNKNOWN = 12_000
"""Matrix, its direct factors and vectors of a three-dimensional cell of up to 1e5 unknowns."""
BYTES_PER_PROCESS = 300e6
"""The program and its libraries."""


@dataclass(frozen=True, slots=True)
class Derived:
    """Derived numbers in SI; ``None`` where the geometry script does not give what they need.

    Attributes:
        footprint: Area that areal quantities refer to [m^2].
        areal_capacity: Between the stoichiometries of the data sheets [C/m^2].
        one_c_current_density: Per footprint [A/m^2].
        areal_mass: Solid mass of the active phases per footprint [kg/m^2].
        free_lithium: Of layers of free lithium, per footprint [C/m^2]; zero without any.
        nodes: Nodes of the mesh, estimated.
        cells: Cells of the mesh, estimated.
        unknowns: Unknowns of the coupled system and displacements, estimated.
        memory: Of a run on one process with a direct solver, roughly [bytes].
    """

    footprint: float | None = None
    areal_capacity: float | None = None
    one_c_current_density: float | None = None
    areal_mass: float | None = None
    free_lithium: float | None = None
    nodes: int | None = None
    cells: int | None = None
    unknowns: int | None = None
    memory: float | None = None


def derive(case: Case) -> Derived:
    """The derived numbers of a case."""
    sizes = exact_sizes(case.geometry)
    volumes = dict(sizes.volumes) if sizes else {}
    count = case.geometry.loaded.estimate(dict(case.geometry.values))
    unknowns = _unknowns(case, volumes, **count) if count else None
    per_area = _per_area(case, volumes, sizes.footprint) if sizes else (None, None, None)
    return Derived(
        footprint=sizes.footprint if sizes else None,
        areal_capacity=per_area[0],
        one_c_current_density=per_area[1],
        areal_mass=per_area[2],
        free_lithium=_free_lithium(case, volumes, sizes.footprint) if sizes else None,
        nodes=count["nodes"] if count else None,
        cells=count["cells"] if count else None,
        unknowns=unknowns,
        memory=BYTES_PER_PROCESS + BYTES_PER_UNKNOWN * unknowns if unknowns else None,
    )


def _per_area(
    case: Case, volumes: dict[str, float | None], footprint: float
) -> tuple[float, float, float] | tuple[None, None, None]:
    """Capacity, 1C current and solid mass per footprint."""
    capacity = current = mass = 0.0
    for name, phase in case.phases.items():
        if not phase.is_active:
            continue
        volume = volumes.get(name)
        if volume is None:
            return None, None, None
        active = volume * phase.active_volume_fraction / footprint
        sheet = phase.material
        window = sheet.value("maximum_stoichiometry") - sheet.value("minimum_stoichiometry")
        charge = FARADAY * sheet.value("maximum_concentration") * window
        capacity += active * phase.accessible_fraction * charge
        share = sheet.value("active_weight_fraction") if phase.porosity else 1.0
        current += active * sheet.value("density") * sheet.value("one_c_specific_current")
        mass += active * sheet.value("density") / share
    return capacity, current, mass


def _free_lithium(case: Case, volumes: dict[str, float | None], footprint: float) -> float | None:
    """F/Omega times the volume of free lithium, per footprint."""
    charge = 0.0
    for name, phase in case.phases.items():
        if phase.model not in LITHIUM_MODELS:
            continue
        volume = volumes.get(name)
        if volume is None:
            return None
        lithium = volume * phase.material.value("lithium_fraction")
        charge += FARADAY * lithium / phase.material.value("lithium_molar_volume")
    return charge / footprint


def _unknowns(case: Case, volumes: dict[str, float | None], nodes: int, cells: int) -> int:
    """Nodes shared out among the phases by volume, times the fields of each phase, plus V.

    Displacements are those of all nodes; quadratic ones also of the edges, of which Euler's formula
    gives about as many as nodes and cells together.
    """
    known = {name: volume for name, volume in volumes.items() if volume is not None}
    total = sum(known.values())
    count = 1.0
    for name, phase in case.phases.items():
        share = known.get(name, 0.0) / total if len(known) == len(case.phases) else 1.0
        count += nodes * share * _fields(phase)
    if case.mechanics:
        linear = case.mechanics.displacement_degree == 1
        count += 3 * (nodes if linear else 2 * nodes + cells)
    return round(count)


def _fields(phase: PhaseCase) -> int:
    """Scalar fields of a phase: stoichiometry and potential, potential and salt.

    A layer of lithium has two fractions and a potential, and compaction where lithium creeps.
    """
    if phase.model in LITHIUM_MODELS:
        return 3 + (phase.material.value("skeleton_load_share") < 1.0)
    solid = 0 if phase.is_electrolyte else 2
    electrolyte = phase.material if phase.is_electrolyte else phase.electrolyte
    if electrolyte is None:
        return solid
    return solid + (2 if electrolyte.kind == "binary_electrolyte" else 1)
