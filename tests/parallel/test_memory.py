"""Memory on several ranks, where PETSc keeps what Python drops until all ranks say so."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.parallel, pytest.mark.skip_in_parallel]


def test_solves_leave_no_vectors(launch):
    """Of mechanics, which was twelve in each before they were freed."""
    done = launch(2, ["-m", "tests.support.lasting"])
    assert done.returncode == 0, done.stdout + done.stderr
    grown = [float(line.split()[2]) for line in done.stdout.splitlines() if "VECTORS" in line]
    assert len(grown) == 2
    assert max(grown) < 3.0
