"""Checkpoints that can be resumed on any number of ranks.

All fields are continuous and piecewise linear, so every value belongs to a
vertex, and a vertex keeps the number it has in the mesh file however the mesh
is distributed. A checkpoint is one NumPy archive (:mod:`fem_cell.output.generations`)
with an array per field in that numbering for the present state and for each of the former
ones that the integrator goes by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from fem_cell.errors import Fault, InputError
from fem_cell.output import generations
from fem_cell.output.generations import Progress
from fem_cell.parallel import on_root
from fem_cell.solver.history import History, Outlook
from fem_cell.solver.system import System
from fem_cell.unknowns import Unknown

CHARGE, STAGE, BEYOND = "charge", "stage", "beyond"

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def save(
    folder: Path, system: System, state: PETSc.Vec, history: History | None, progress: Progress
) -> None:
    """Write a checkpoint. Collective.

    Args:
        folder: Where.
        system: Whose states.
        state: The present state.
        history: Course of the step under way, ending with ``state``; ``None`` between steps.
        progress: Where the run is; what it says of the history is filled in here.

    Raises:
        OutputError: It cannot be written.
    """
    layout = Layout(system)
    arrays: dict[str, Array] = {}
    if history is None:
        arrays |= layout.gather("0", state)
    else:
        for k, (_, vec) in enumerate(history.states):
            arrays |= layout.gather(str(k), vec)
        if history.stage:
            arrays |= layout.gather(STAGE, history.stage)
        if history.beyond:
            arrays |= layout.gather(BEYOND, history.beyond[1])
        progress = replace(
            progress,
            times=[time for time, _ in history.states],
            beyond=history.beyond[0] if history.beyond else None,
            outlook=asdict(history.outlook),
        )
    on_root(system.comm, lambda: generations.write(folder, progress, arrays))


def restore(
    folder: Path, system: System, state: PETSc.Vec, fingerprint: str
) -> tuple[Progress, History | None]:
    """Read the newest checkpoint into a state vector and the fields. Collective.

    Args:
        folder: Where it is.
        system: Of the case it was written by.
        state: What is filled.
        fingerprint: Of the present mesh file.

    Returns:
        Where the run was, and the course of the step that was under way.

    Raises:
        InputError: There is no checkpoint, or it belongs to another mesh or version.
    """
    path, progress = on_root(system.comm, lambda: generations.take_up(folder))
    if progress.fingerprint != fingerprint:
        problem = "the mesh is not the one of the checkpoint"
        raise InputError([Fault("--resume", problem, "run without --resume")])
    layout = Layout(system)
    with np.load(path, allow_pickle=False) as archive:
        layout.check("0", archive.files)
        history = _history(layout, archive, progress)
        layout.fill("0", archive, state)  # last, so that the fields show it
    return progress, history


def _history(layout: Layout, archive: Any, progress: Progress) -> History | None:
    if progress.outlook is None:
        return None
    given = progress.outlook | {"indicators": tuple(progress.outlook["indicators"])}
    there = {name.partition("/")[0] for name in archive.files}
    beyond = progress.beyond
    return History(
        [(time, layout.state(str(k), archive)) for k, time in enumerate(progress.times)],
        layout.state(STAGE, archive) if STAGE in there else None,
        (beyond, layout.state(BEYOND, archive)) if beyond is not None else None,
        Outlook(**given),
    )


@dataclass(slots=True)
class Layout:
    """Between state vectors and arrays by vertex number of the mesh file.

    Attributes:
        system: Whose states.
    """

    system: System
    _vertices: list[Indices] = field(init=False)

    def __post_init__(self) -> None:
        """Number the owned degrees of freedom. Collective."""
        self._vertices = [
            _vertices(unknown)[: block.stop - block.start]
            if unknown.sub_mesh
            else np.zeros(block.stop - block.start, dtype=np.int64)
            for unknown, block in zip(self.system.cell.unknowns, self.system.blocks, strict=True)
        ]

    def gather(self, name: str, state: PETSc.Vec) -> dict[str, Array]:
        """Arrays of a state on rank 0, NaN where a field is not. Collective."""
        system = self.system
        local, inner = state.array_r, iter(system.inner(state))
        arrays: dict[str, Array] = {f"{name}/{CHARGE}": np.array(system.charge(state))}
        for i, unknown in enumerate(system.cell.unknowns):
            vertices, at = self._vertices[i], system.blocks[i].slice
            arrays[f"{name}/{unknown.name}"] = _on_root(system, vertices, local[at].copy())
            if i in system.particles:
                arrays[f"{name}/{_inside(unknown)}"] = _on_root(system, vertices, next(inner))
        return arrays

    def state(self, name: str, archive: Mapping[str, Array]) -> PETSc.Vec:
        """A new vector with a state of an archive; the fields hold it, too. Collective."""
        vec = self.system.create_state()
        self.fill(name, archive, vec)
        return vec

    def fill(self, name: str, archive: Mapping[str, Array], state: PETSc.Vec) -> None:
        """Put a state of an archive into a vector and into the fields. Collective."""
        inner: list[Array] = []
        for i, unknown in enumerate(self.system.cell.unknowns):
            vertices = self._vertices[i]
            unknown.value.x.array[: vertices.size] = archive[f"{name}/{unknown.name}"][vertices]
            unknown.value.x.scatter_forward()
            if i in self.system.particles:
                inner.append(archive[f"{name}/{_inside(unknown)}"][vertices])
        self.system.store(state, inner, float(archive[f"{name}/{CHARGE}"]))

    def check(self, name: str, there: list[str]) -> None:
        """Check that all fields are in an archive.

        Raises:
            InputError: Some are not.
        """
        cell, particles = self.system.cell, self.system.particles
        needed = {f"{name}/{unknown.name}" for unknown in cell.unknowns}
        needed |= {f"{name}/{_inside(cell.unknowns[i])}" for i in particles}
        missing = sorted(needed - set(there))
        if missing:
            problem = f"the checkpoint lacks {', '.join(missing)}: another version wrote it"
            raise InputError([Fault("--resume", problem, "run without --resume")])


def _inside(unknown: Unknown) -> str:
    return f"{unknown.name}.inside_particles"


def _vertices(unknown: Unknown) -> Indices:
    """Number of the vertex of every local degree of freedom."""
    sub = unknown.sub_mesh
    if sub is None:
        raise TypeError(f"{unknown.name} does not live on vertices")
    dofmap = unknown.value.function_space.dofmap
    corners = sub.mesh.topology.connectivity(3, 0).array
    index_map = dofmap.index_map
    numbers = np.full(index_map.size_local + index_map.num_ghosts, -1, dtype=np.int64)
    numbers[dofmap.list.ravel()] = sub.vertices[corners]
    return numbers


def _on_root(system: System, vertices: Indices, values: Array) -> Array:
    pieces = system.comm.gather((vertices, values), root=0)
    if pieces is None:
        return np.empty(0)
    size = 1 + max((int(v.max()) for v, _ in pieces if v.size), default=-1)
    full = np.full((size, *values.shape[1:]), np.nan)
    for numbers, part in pieces:
        full[numbers] = part
    return full
