"""A Slurm cluster for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.slurm import Cluster, Unavailable


@pytest.fixture(scope="session")
def slurm() -> Iterator[Cluster]:
    """A cluster of one node; the tests are skipped where there is none."""
    cluster = Cluster()
    try:
        cluster.start()
    except Unavailable as reason:
        pytest.skip(f"no Slurm cluster can be started here: {reason}")
    yield cluster
    cluster.stop()
