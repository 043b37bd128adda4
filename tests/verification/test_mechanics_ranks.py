"""Displacement, stress statistics and energy release on several ranks."""

from __future__ import annotations

import json

import pytest

pytestmark = [pytest.mark.parallel, pytest.mark.skip_in_parallel]

ALIKE = 1e-5


def figures(launch, ranks: int, method: str) -> dict[str, float]:
    done = launch(ranks, ["-m", "tests.support.mechanics_case", method])
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    (line,) = [row for row in done.stdout.splitlines() if row.startswith("FIGURES ")]
    return json.loads(line.removeprefix("FIGURES "))


def test_same_figures_on_any_ranks(launch):
    """Nothing that is reported depends on the number of ranks or on the linear solver."""
    one = figures(launch, 1, "direct")
    for ranks, method in ((2, "direct"), (2, "iterative"), (3, "iterative")):
        other = figures(launch, ranks, method)
        assert other == pytest.approx(one, rel=ALIKE), (ranks, method)


def test_body_that_some_ranks_have_nothing_of(launch):
    """They own facets of the surfaces that hold it all the same."""
    done = launch(3, ["-m", "mpi4py", "-m", "tests.support.far_ranks"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("SOLVED 0") == 3
