"""Periodic sides: what they mean is exact or known, and no place in the period is special."""

from __future__ import annotations

import json

import numpy as np
import pytest
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import LinearProblem

from fem_cell.errors import InputError
from fem_cell.laws.stiffness import rotated_stiffness, trigonal_stiffness
from fem_cell.mechanics import Elasticity, ElasticPhase, Pin, PlaneFace, Sliding
from fem_cell.mechanics.volumes import cell_centres
from tests.support.crystals import crystals
from tests.support.mechanics import GPA, LICRO2, TILTED, rotation, trigonal
from tests.support.models import active
from tests.support.periodic_case import DIRECT, TENSOR, block, figures
from tests.support.slab import BOTTOM, TOP, slab_mesh

MICRO = 1e-6
WIDTH = 6.0
"""um, of a slab along x and y."""
BALANCE = 1e-7
"""Stress is in balance to about 1e-8."""


def slab(n: int, layers=("solid",), thickness: float = 6.0, degree: int = 1):
    """A periodic slab, n elements across and n through each layer."""
    stack = [(name, thickness, n) for name in layers]
    return slab_mesh(stack, width=WIDTH, across=n, order=degree, periodic=True)


@pytest.mark.parametrize("order", [1, 2])
def test_sides_are_no_sides(order):
    """Vertices, edges and facets are those of a torus; both copies of a node stay in place."""
    n = 3
    mesh = slab(n, degree=order)
    parent = mesh.mesh
    vertices = n * n * (n + 1)
    assert parent.topology.index_map(0).size_global == vertices
    parent.topology.create_entities(1)
    edges = parent.topology.index_map(1).size_global
    facets, cells = (parent.topology.index_map(d).size_global for d in (2, 3))
    assert vertices - edges + facets - cells == 0  # Euler's number of a torus times an interval
    nodes = (order * n + 1) ** 3
    assert parent.geometry.index_map().size_global == nodes
    assert mesh.volume("solid") == pytest.approx((WIDTH * MICRO) ** 3)
    assert mesh.integrate(ufl.Measure("ds", domain=parent)) == pytest.approx(
        2 * (WIDTH * MICRO) ** 2
    )
    assert set(mesh.surface_facets) == {BOTTOM, TOP}


def wave_error(n: int) -> float:
    """Mean error of -div grad u + k^2 u = f in a layer of a periodic slab, u a wave."""
    stack = [("lower", WIDTH / n, 1), ("upper", WIDTH / n, 1)]  # cells of one shape
    mesh = slab_mesh(stack, width=WIDTH, across=n, periodic=True)
    sub = mesh.sub_mesh(("lower",)).mesh
    V = fem.functionspace(sub, ("Lagrange", 1))
    x = ufl.SpatialCoordinate(sub)
    k = 2 * np.pi / (WIDTH * MICRO)
    exact = ufl.sin(k * x[0] + 0.4) * ufl.sin(k * x[1] - 1.0)
    u, v = ufl.TrialFunction(V), ufl.TestFunction(V)
    dx = ufl.Measure("dx", domain=sub, metadata={"quadrature_degree": 6})
    a = (ufl.inner(ufl.grad(u), ufl.grad(v)) + k**2 * u * v) * dx
    source = 3 * k**2 * exact * v * dx
    found = LinearProblem(a, source, petsc_options_prefix="wave_", petsc_options=DIRECT).solve()
    error = fem.assemble_scalar(fem.form((found - exact) ** 2 * dx))
    return float(np.sqrt(mesh.comm.allreduce(error) / mesh.volume("lower")))


def test_wave_across_the_sides():
    """Order 2; a fixed or a mirrored side would leave an error of order one."""
    errors = [wave_error(n) for n in (16, 32)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.05)


def test_crack_across_the_sides():
    """Elsewhere in the period all is the same: sizes, fluxes, stress, opening, J integrals.

    Moved by a quarter of a period the crack ends at a side, by a half it goes through it.
    Without the crack the flux is that of the tensor itself, D_zz A/H, as it drifts sideways.
    """
    middle, *moved = (figures(quarters) for quarters in (0, 1, 2))
    assert middle["whole"] == pytest.approx(TENSOR[2, 2] * 4 * MICRO, rel=1e-12)
    assert middle["cracked"] < 0.95 * middle["whole"]
    assert middle["opening"] > 0.1e-9
    assert middle["front_count"] == 2
    assert middle["fronts"] == pytest.approx(8 * MICRO)
    for name, value in middle.items():
        assert [found[name] for found in moved] == pytest.approx([value] * 2, rel=BALANCE), name


@pytest.mark.skip_in_parallel
@pytest.mark.parametrize("ranks", [2, 3])
def test_any_ranks(launch, ranks):
    """The same figures of both blocks on several ranks."""
    done = launch(ranks, ["-m", "mpi4py", "-m", "tests.support.periodic_case"])
    assert done.returncode == 0, done.stderr
    alone = figures(0)
    for found in json.loads(done.stdout.splitlines()[-1]):
        for name, value in alone.items():
            assert found[name] == pytest.approx(value, rel=BALANCE), name


def test_laminate_that_shears():
    r"""Tilted crystals in layers, held on average sideways: exact, and soft by lateral shear.

    Mean lateral strain zero, no shear on the faces: in each layer (e_z, g_yz, g_xz) follow from
    (sigma_z, 0, 0) = C' (e_z, g_yz, g_xz) with the block C' of the stiffness, so
    U = -P sum h_i (C'_i^-1)_zz. Mirror planes would hinder that shear.
    """
    phases = {"one": TILTED, "two": rotation(-0.9, 0.5, 1.3)}
    mesh = slab(4, tuple(phases), 3.0)
    face = PlaneFace(TOP, pressure=1e8)
    conditions = [Sliding(BOTTOM), face, Pin((1.4 * MICRO, 1.6 * MICRO, 0.0), (0, 1))]
    solids = {name: ElasticPhase(trigonal(), None, {0: R}) for name, R in phases.items()}
    body = Elasticity(mesh, solids, conditions, method="direct")
    body.solve()
    blocks = [rotated_stiffness(trigonal(), R)[2:5, 2:5] for R in phases.values()]
    exact = -1e8 * 3 * MICRO * sum(np.linalg.inv(C)[0, 0] for C in blocks)
    assert body.face_displacement == pytest.approx(exact, rel=1e-8)


def test_laminate_across_the_sides():
    r"""Two crystals side by side, one of them cut by the side: exact effective stiffness.

    With e_z the same everywhere, sigma_x one stress and no mean strain along x, of C_11 e_x +
    C_13 e_z = sigma_x follows e_x, and the mean of C_13 e_x + C_33 e_z is -P.
    """
    plain = trigonal_stiffness({k: v * GPA for k, v in LICRO2.items() if k != "14"} | {"14": 0.0})
    turned = {1: np.eye(3), 2: rotation(0.5 * np.pi, 0.5 * np.pi, 0.0)}
    mesh = slab(4)
    mesh.grains = {"solid": [1, 2]}
    x = cell_centres(mesh)[:, 0] / (WIDTH * MICRO)
    mesh.grain_of_cell = np.where(np.abs(x - 0.5) < 0.25, 1, 2).astype(np.int32)
    conditions = [Sliding(BOTTOM), PlaneFace(TOP, 1e8), Pin((3 * MICRO, 3 * MICRO, 0.0), (0, 1))]
    solid = {"solid": ElasticPhase(plain, None, turned)}
    body = Elasticity(mesh, solid, conditions, method="direct")
    body.solve()
    C = np.array([rotated_stiffness(plain, R) for R in turned.values()])
    assert abs(C[0, 0, 0] / C[1, 0, 0] - 1) > 0.2
    sigma_x = (C[:, 0, 2] / C[:, 0, 0]).sum() / (1 / C[:, 0, 0]).sum()
    e_x = (sigma_x - C[:, 0, 2]) / C[:, 0, 0]
    modulus = (C[:, 2, 0] * e_x + C[:, 2, 2]).mean()
    assert body.face_displacement == pytest.approx(-1e8 * WIDTH * MICRO / modulus, rel=1e-8)


def test_moved_polycrystal():
    """Columns whose fast planes lean: half a period aside the same within mesh error."""
    table = {
        "grains": 5, "width": "12 um", "thickness": "10 um", "separator_thickness": "3 um",
        "mesh_size": "1.5 um", "periodic": True,
    }  # fmt: skip
    material = active("LiCoO2", None, diffusivity_ab="1e-13 m^2/s", diffusivity_c="1e-15 m^2/s")
    lean = {k: rotation(1.3 * k, 0.9, 0.2) for k in range(1, 6)}
    found = [
        crystals(table | {"moved": moved}, material, lean, script="moved_crystals").through_layer()
        for moved in (False, True)
    ]
    assert found[1] == pytest.approx(found[0], rel=0.01)


def test_what_drifts_is_explained():
    """Nothing holds a periodic body sideways by itself; it cannot turn."""
    solid = ElasticPhase(trigonal())
    with pytest.raises(InputError, match="moves along x and moves along y;"):
        Elasticity(slab(3), {"solid": solid}, [Sliding(BOTTOM), PlaneFace(TOP, 1e6)])
    assert block(0).twins.periods == pytest.approx((8.0, 4.0, 0.0))
