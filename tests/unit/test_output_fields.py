"""Fields for ParaView, read back with pyvista, against states that are known exactly."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvista

from fem_cell.cell import Cell
from fem_cell.errors import OutputError
from fem_cell.laws.constants import FARADAY, GAS_CONSTANT
from fem_cell.output.collection import read_collection
from fem_cell.output.fields import CURRENT_INTO_ELECTRODE, FieldWriter
from fem_cell.output.paraview_script import SCRIPT
from fem_cell.solver.system import System
from fem_cell.unknowns import (
    ELECTRODE_POTENTIAL,
    OHMIC_POTENTIAL,
    SALT_CONCENTRATION,
    STOICHIOMETRY,
)
from tests.support.models import (
    TEMPERATURE,
    BulkElectrolyte,
    ChargeTransfer,
    Contact,
    CounterElectrode,
    active,
    dense,
    electrolyte,
    nmc,
    wall,
)
from tests.support.running import compose
from tests.support.slab import TOP, slab_mesh

LINEAR: dict[str, Callable[[Any], Any]] = {
    STOICHIOMETRY: lambda x: 0.4 + 1e3 * x[0] + 2e3 * x[2],
    ELECTRODE_POTENTIAL: lambda x: 3.7 + 5.0 * x[1] - 2.0 * x[2],
    SALT_CONCENTRATION: lambda x: 1.0 + 0.0 * x[2],
    OHMIC_POTENTIAL: lambda x: -0.1 + 4.0 * x[0] + 3.0e2 * x[2],
}
"""Linear in the coordinates, metres: P1 fields hold them exactly."""

SINGLE = 3e-7
"""Relative rounding of the numbers in the files, which are of single precision."""


def porous_cell(order: int = 1) -> Cell:
    salt = electrolyte()
    cathode = wall(nmc(salt), salt, radial_points=4)
    mesh = slab_mesh([("cathode", 60, 3), ("electrolyte", 20, 2)], order=order)
    phases = {"cathode": cathode, "electrolyte": BulkElectrolyte(salt)}
    foil = CounterElectrode(salt, 0.0, 5.0)
    face = {("cathode", "electrolyte"): ChargeTransfer(cathode, salt)}
    return compose(mesh, phases, Contact(1e-4), foil, face)


def dense_cell() -> Cell:
    ions = electrolyte("LPSCl")
    crystal = dense(active("LiCoO2", ions))
    mesh = slab_mesh([("crystal", 20, 2), ("separator", 20, 2)])
    phases = {"crystal": crystal, "separator": BulkElectrolyte(ions)}
    foil = CounterElectrode(ions, 0.62, 5.0)
    face = {("crystal", "separator"): ChargeTransfer(crystal, ions)}
    return compose(mesh, phases, Contact(1e-4), foil, face)


def linear_state(cell: Cell) -> tuple[System, Any]:
    """Linear fields; particles whose inner nodes hold half of the surface's value."""
    system = System(cell)
    for unknown in cell.unknowns[:-1]:
        unknown.value.interpolate(LINEAR[unknown.kind])
    inner = [
        np.repeat(
            0.5 * cell.unknowns[i].value.x.array[: particle.capacity.size, None],
            particle.inner_points,
            axis=1,
        )
        for i, particle in system.particles.items()
    ]
    state = system.create_state()
    system.store(state, inner, 0.0)
    return system, state


def write(cell: Cell, folder: Path) -> System:
    system, state = linear_state(cell)
    FieldWriter(folder / "fields", cell, system, [TOP]).write(12.5, state, 1)
    return system


def read(folder: Path, series: str, number: int = 0) -> Any:
    snapshot = read_collection(folder / "fields" / f"{series}.pvd")[number]
    return pyvista.read(folder / "fields" / snapshot.file)


def metres(grid: Any) -> Any:
    return np.asarray(grid.points, dtype=float).T * 1e-6


@pytest.mark.parametrize("order", [1, 2])
def test_point_data_in_the_units_of_their_names(tmp_path: Path, order: int) -> None:
    write(porous_cell(order), tmp_path)
    cathode, bulk = read(tmp_path, "cathode"), read(tmp_path, "electrolyte")
    for grid in (cathode, bulk):
        at = metres(grid)
        expected = LINEAR[OHMIC_POTENTIAL](at)
        np.testing.assert_allclose(grid["electrolyte_potential [V]"], expected, rtol=SINGLE)
        np.testing.assert_allclose(grid["salt_concentration [mol/m3]"], 3400.0, rtol=SINGLE)
    at = metres(cathode)
    np.testing.assert_allclose(
        cathode["electrode_potential [V]"], LINEAR[ELECTRODE_POTENTIAL](at), rtol=SINGLE
    )
    np.testing.assert_allclose(
        cathode["stoichiometry [1]"], LINEAR[STOICHIOMETRY](at), rtol=2 * SINGLE
    )
    assert "stoichiometry [1]" not in bulk.point_data
    assert float(cathode.field_data["TimeValue"][0]) == 12.5


def test_mean_of_particles_weighs_by_volume(tmp_path: Path) -> None:
    cell = porous_cell()
    system = write(cell, tmp_path)
    grid = read(tmp_path, "cathode")
    (particle,) = system.particles.values()
    share = particle.matrices.weights[-1]
    mean = LINEAR[STOICHIOMETRY](metres(grid)) * (share + 0.5 * (1 - share))
    np.testing.assert_allclose(grid["mean_stoichiometry [1]"], mean, rtol=2 * SINGLE)
    sites = cell.phases["cathode"].material("maximum_concentration")
    np.testing.assert_allclose(
        grid["lithium_concentration [mol/m3]"], sites * mean, rtol=2 * SINGLE
    )


def test_whole_volume_once_in_micrometres(tmp_path: Path) -> None:
    write(porous_cell(), tmp_path)
    cathode, bulk = read(tmp_path, "cathode"), read(tmp_path, "electrolyte")
    assert cathode.volume == pytest.approx(5 * 5 * 60, rel=1e-6)
    assert bulk.volume == pytest.approx(5 * 5 * 20, rel=1e-6)
    assert cathode.bounds[4:] == pytest.approx((0, 60))
    assert set(np.unique(cathode["phase"])).isdisjoint(np.unique(bulk["phase"]))


def test_current_density_vectors(tmp_path: Path) -> None:
    cell = porous_cell()
    write(cell, tmp_path)
    cathode, bulk = read(tmp_path, "cathode"), read(tmp_path, "electrolyte")
    sigma = cell.phases["cathode"].material("electronic_conductivity")
    electronic = np.tile([0.0, -5.0 * sigma, 2.0 * sigma], (cathode.n_cells, 1))
    kappa = 0.136
    ionic = np.array([-4.0 * kappa, 0.0, -300.0 * kappa])
    near = 1e-5 * 300 * kappa
    np.testing.assert_allclose(
        cathode["electronic_current_density [A/m2]"], electronic, atol=1e-5 * 5 * sigma
    )
    np.testing.assert_allclose(
        cathode["ionic_current_density [A/m2]"],
        np.tile(0.44**1.5 * ionic, (cathode.n_cells, 1)),
        atol=near,
    )
    np.testing.assert_allclose(
        bulk["ionic_current_density [A/m2]"], np.tile(ionic, (bulk.n_cells, 1)), atol=near
    )


def test_salt_gradient_drives_a_current(tmp_path: Path) -> None:
    """At one potential everywhere, as a lithium electrode would measure it."""
    cell = porous_cell()
    sheet = cell.phases["electrolyte"].electrolyte.sheet
    factor = sheet.value("thermodynamic_factor") * (1 - sheet.value("transference_number"))
    slope = 2 * GAS_CONSTANT * TEMPERATURE / FARADAY * factor

    def ratio(x: Any) -> Any:
        return 1.0 + 1e4 * (x[2] - 70e-6)

    system, state = linear_state(cell)
    for unknown in cell.unknowns[:-1]:
        if unknown.kind == SALT_CONCENTRATION:
            unknown.value.interpolate(ratio)
        if unknown.kind == OHMIC_POTENTIAL:
            unknown.value.interpolate(lambda x: -slope * np.log(ratio(x)))
    system.store(state, None, 0.0)
    FieldWriter(tmp_path / "fields", cell, system).write(0.0, state, 1)
    grid = read(tmp_path, "electrolyte")
    np.testing.assert_allclose(grid["electrolyte_potential [V]"], 0.0, atol=1e-9)
    middle = ratio(np.asarray(grid.cell_centers().points).T * 1e-6)
    # the logarithm of a linear profile is not linear: 10 % across a cell leave 0.1 %
    current = grid["ionic_current_density [A/m2]"][:, 2]
    np.testing.assert_allclose(current, 0.136 * slope * 1e4 / middle, rtol=5e-2)
    assert current.min() > 0


@pytest.mark.parametrize("make", [porous_cell, dense_cell])
def test_current_into_electrodes(tmp_path: Path, make: Callable[[], Cell]) -> None:
    cell = make()
    write(cell, tmp_path)
    name = list(cell.phases)[1]
    kappa = cell.phases[name].electrolyte.sheet.value("conductivity", TEMPERATURE)
    through = 300.0 * kappa
    face, foil = read(tmp_path, "interface"), read(tmp_path, TOP)
    assert face.area == pytest.approx(25.0, rel=1e-6)
    areas = np.asarray(face.compute_cell_sizes()["Area"])
    # the potential falls towards the electrode below and current flows down into it;
    # its slope along x carries current along the face and out of the sides only
    mean = float((face.cell_data[CURRENT_INTO_ELECTRODE] * areas).sum() / areas.sum())
    assert mean == pytest.approx(through, rel=1e-5)
    assert float(np.mean(foil.point_data[CURRENT_INTO_ELECTRODE])) == pytest.approx(
        -through, rel=0.02
    )


def test_resumed_run_goes_on_with_the_index(tmp_path: Path) -> None:
    cell = porous_cell()
    system, state = linear_state(cell)
    first = FieldWriter(tmp_path / "fields", cell, system)
    first.begin(None)
    for time in (0.0, 10.0, 20.0):
        first.write(time, state, 1)
    second = FieldWriter(tmp_path / "fields", cell, system)
    second.begin(15.0)
    assert times(tmp_path) == [0.0, 10.0]
    second.write(18.0, state, 2)
    assert times(tmp_path) == [0.0, 10.0, 18.0]
    files = {p.name for p in (tmp_path / "fields" / "cathode").iterdir()}
    listed = {Path(s.file).stem for s in read_collection(tmp_path / "fields" / "cathode.pvd")}
    assert files == {f"{stem}.pvtu" for stem in listed} | {f"{stem}_r0.vtu" for stem in listed}
    assert float(read(tmp_path, "cathode", 2).field_data["step"][0]) == 2


def test_new_run_in_an_old_folder_starts_anew(tmp_path: Path) -> None:
    cell = porous_cell()
    system, state = linear_state(cell)
    for time in (0.01, 10.0):
        FieldWriter(tmp_path / "fields", cell, system).write(time, state, 1)
    FieldWriter(tmp_path / "fields", cell, system).write(0.01, state, 1)
    assert times(tmp_path) == [0.01]


def times(folder: Path) -> list[float]:
    indices = [read_collection(p) for p in sorted((folder / "fields").glob("*.pvd"))]
    lists = [[s.time for s in listed] for listed in indices]
    assert all(entry == lists[0] for entry in lists)
    return lists[0]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    cell = porous_cell()
    system, state = linear_state(cell)
    (tmp_path / "fields").write_text("a file")
    with pytest.raises(OutputError, match="fields"):
        FieldWriter(tmp_path / "fields", cell, system).write(0.0, state, 1)


def test_paraview_script_knows_its_place(tmp_path: Path) -> None:
    write(porous_cell(), tmp_path)
    script = tmp_path / SCRIPT
    names = {
        target.id: statement.value.value
        for statement in ast.parse(script.read_text()).body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    assert names["RECORDED"] == str(script.resolve())
    grid, face = read(tmp_path, "cathode"), read(tmp_path, "interface")
    shown = {names[key] for key in ("LITHIUM", "SALT", "POTENTIAL", "CURRENT")}
    assert shown <= set(grid.point_data.keys()) | set(face.point_data.keys())
