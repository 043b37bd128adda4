"""Transport laws: Bruggeman's exponent and the tensor about a crystal's axis."""

from __future__ import annotations

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from fem_cell.laws.transport import bruggeman, tensor_about_axis


def test_bruggeman():
    """0.44^1.5 = 0.29186; a full volume conducts as the bulk."""
    assert bruggeman(0.44, 1.5) == pytest.approx(0.2918629, rel=1e-6)
    assert bruggeman(1.0, 1.5) == 1.0


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.1, np.pi / 2])
def test_tensor_of_a_tilted_crystal(angle):
    """D_zz = D_ab sin^2 + D_c cos^2, D_xz = (D_c - D_ab) sin cos; trace kept."""
    across, along = 4.0, 0.25
    sin, cos = np.sin(angle), np.cos(angle)
    box = mesh.create_unit_cube(MPI.COMM_SELF, 1, 1, 1)
    axis = ufl.as_vector([fem.Constant(box, x) for x in (float(sin), 0.0, float(cos))])
    tensor = tensor_about_axis(across, along, axis)

    def entry(i: int, j: int) -> float:
        return float(np.real(fem.assemble_scalar(fem.form(tensor[i, j] * ufl.dx(domain=box)))))

    assert entry(2, 2) == pytest.approx(across * sin**2 + along * cos**2)
    assert entry(0, 2) == pytest.approx((along - across) * sin * cos, abs=1e-12)
    assert entry(1, 1) == pytest.approx(across)
    assert entry(0, 0) + entry(2, 2) == pytest.approx(across + along)
