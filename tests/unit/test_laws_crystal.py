"""Orientations and tensors of layered crystals."""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.laws.crystal import layered_tensor, orientation_of_axis


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.1, np.pi / 2])
def test_tensor_of_a_tilted_crystal(angle):
    """D_zz = D_ab sin^2 + D_c cos^2, D_xz = (D_c - D_ab) sin cos; trace kept."""
    within, across = 4.0, 0.25
    sin, cos = np.sin(angle), np.cos(angle)
    tensor = layered_tensor(orientation_of_axis((sin, 0.0, cos)), within, across)
    assert tensor[2, 2] == pytest.approx(within * sin**2 + across * cos**2)
    assert tensor[0, 2] == pytest.approx((across - within) * sin * cos, abs=1e-12)
    assert tensor[1, 1] == pytest.approx(within)
    assert np.trace(tensor) == pytest.approx(2 * within + across)


@pytest.mark.parametrize("axis", [(0, 0, 2), (3, 0, 0), (1, -0.5, 2), (0, 1e-3, 0)])
def test_orientation_of_an_axis_is_a_rotation(axis):
    """Proper, orthogonal, third column along the axis."""
    rotation = orientation_of_axis(axis)
    assert rotation.T @ rotation == pytest.approx(np.eye(3))
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    assert rotation[:, 2] == pytest.approx(np.array(axis) / np.linalg.norm(axis))
