"""Points of a viscoplastic body that turn, and steps that cannot be solved."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fem_cell.analysis.pressing.platens import between_platens
from fem_cell.errors import SolverError
from fem_cell.laws.stiffness import stress_as_tensor
from fem_cell.mechanics.viscoplastic import Equilibrium, Solid, Stops, ViscoplasticBody, march
from fem_cell.mechanics.viscoplastic.equilibrium import Load
from fem_cell.mechanics.viscoplastic.points import Points
from tests.support.composites import ball, composite


def test_stress_turns_with_the_material():
    """A rotation in small steps turns the stress and leaves its size."""
    points = Points.at_rest([Solid(7.8e9, 0.38)], np.zeros(1, dtype=np.int32), 4)
    start = np.array([2.0, -0.5, -1.5, 0.3, -0.7, 1.1]) * 1e6
    points.deviator[:] = start
    q = points.equivalent[0, 0]
    steps, whole = 40, Rotation.from_rotvec([0.3, -0.4, 0.9])
    small = Rotation.from_rotvec(np.array([0.3, -0.4, 0.9]) / steps).as_matrix()
    for _ in range(steps):
        points = points.turned(np.broadcast_to(small - np.eye(3), (1, 4, 3, 3)))
    turned = whole.as_matrix() @ stress_as_tensor(start) @ whole.as_matrix().T
    assert points.equivalent == pytest.approx(q)
    assert stress_as_tensor(points.deviator[0, 0]) == pytest.approx(turned, abs=1e-3 * q)


def test_no_way_on_names_time_and_place(monkeypatch):
    """Steps that never converge end with an error that says when and where."""
    box = composite((1, 1, 1), ball(0.6))
    body = ViscoplasticBody(box.mesh, [Solid(7.8e9, 0.38)], np.zeros_like(box.phase_of_cell))
    problem = Equilibrium(body, between_platens(box, body))
    monkeypatch.setattr(Equilibrium, "attempt", lambda *_: None)
    with pytest.raises(SolverError, match=r"after 0 s at 3 MPa.*acts at \(.*\) um") as found:
        march(problem, lambda _: Load(3e6), 1.0, lambda *_: "", Stops())
    assert found.value.exit_code == 3
