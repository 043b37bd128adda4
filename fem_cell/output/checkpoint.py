"""Checkpoints that can be resumed on any number of ranks.

All fields are continuous and piecewise linear, so every value belongs to a
vertex, and a vertex keeps the number it has in the mesh file however the mesh
is distributed. A checkpoint is one NumPy archive with an array per field in
that numbering; two generations are kept, and each is written beside its place
and moved there.
"""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from fem_cell.errors import Fault, InputError
from fem_cell.log import LOGGER
from fem_cell.solver.system import System
from fem_cell.unknowns import Unknown

FILE = "checkpoint.npz"
PREVIOUS = "checkpoint_previous.npz"

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where in its protocol a run is.

    Attributes:
        time: s since the start.
        step: Index of the protocol step.
        step_time: When that step started, s.
        step_charge: Q when it started, C.
        step_energies: Parts of the energy since it started, J; empty at its start.
        charge: Q, C.
        next_step: Time step to go on with, s.
        fingerprint: Of the mesh file.
        counters: Work done so far, by its name in ``run.json``.
    """

    time: float
    step: int
    step_time: float
    step_charge: float
    step_energies: list[float]
    charge: float
    next_step: float
    fingerprint: str
    counters: dict[str, int] = field(default_factory=dict)


def save(folder: Path, system: System, state: PETSc.Vec, progress: Progress) -> None:
    """Write a checkpoint. Collective."""
    arrays = _gather(system, state)
    if system.comm.rank == 0:
        folder.mkdir(parents=True, exist_ok=True)
        beside = folder / f".{FILE}.part"
        with beside.open("wb") as file:
            note = {"progress": np.array(json.dumps(asdict(progress)))}
            np.savez(file, allow_pickle=False, **arrays, **note)
        if (folder / FILE).is_file():
            os.replace(folder / FILE, folder / PREVIOUS)
        os.replace(beside, folder / FILE)
    system.comm.Barrier()


def read_progress(folder: Path) -> Progress:
    """Where a checkpoint stands; not collective.

    Raises:
        InputError: There is none.
    """
    return Progress(**json.loads(str(_open(folder)["progress"])))


def restore(folder: Path, system: System, state: PETSc.Vec, fingerprint: str) -> Progress:
    """Read a checkpoint into a state vector. Collective.

    Args:
        folder: Where it is.
        system: Of the case it was written by.
        state: What is filled.
        fingerprint: Of the present mesh file.

    Raises:
        InputError: There is no checkpoint, or it belongs to another mesh or version.
    """
    archive = _open(folder)
    progress = Progress(**json.loads(str(archive["progress"])))
    if progress.fingerprint != fingerprint:
        problem = "the mesh is not the one of the checkpoint"
        raise InputError([Fault("--resume", problem, "run without --resume")])
    needed = {unknown.name for unknown in system.cell.unknowns}
    needed |= {f"{system.cell.unknowns[i].name}.inside_particles" for i in system.particles}
    missing = sorted(needed - set(archive.files))
    if missing:
        problem = f"the checkpoint lacks {', '.join(missing)}: another version wrote it"
        raise InputError([Fault("--resume", problem, "run without --resume")])
    inner: list[Array] = []
    for i, (unknown, block) in enumerate(zip(system.cell.unknowns, system.blocks, strict=True)):
        values = archive[unknown.name]
        owned = block.stop - block.start
        vertices = _vertices(unknown)[:owned] if unknown.sub_mesh else np.zeros(owned, dtype=int)
        unknown.value.x.array[:owned] = values[vertices]
        unknown.value.x.scatter_forward()
        if i in system.particles:
            inner.append(archive[f"{unknown.name}.inside_particles"][vertices])
    system.store(state, inner, progress.charge)
    return progress


def _open(folder: Path) -> Any:
    """The newest checkpoint that can be read."""
    for name in (FILE, PREVIOUS):
        if not (folder / name).is_file():
            continue
        try:
            archive = np.load(folder / name)
            for key in archive.files:
                archive[key]
        except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
            LOGGER.warning("%s cannot be read: %s", folder / name, error)
            continue
        return archive
    raise InputError(
        [Fault("--resume", f"there is no checkpoint in {folder}", "run without --resume")]
    )


def _vertices(unknown: Unknown) -> npt.NDArray[np.int64]:
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


def _gather(system: System, state: PETSc.Vec) -> dict[str, Array]:
    """Every field on rank 0, by vertex number of the mesh file; NaN where it is not."""
    local = state.array_r
    inner = system.inner(state)
    arrays: dict[str, Array] = {}
    numbers_of_particles = iter(inner)
    for i, (unknown, block) in enumerate(zip(system.cell.unknowns, system.blocks, strict=True)):
        values = local[block.slice].copy()
        owned = block.stop - block.start
        vertices = _vertices(unknown)[:owned] if unknown.sub_mesh else np.zeros(owned, dtype=int)
        arrays[unknown.name] = _on_root(system, vertices, values)
        if i in system.particles:
            name = f"{unknown.name}.inside_particles"
            arrays[name] = _on_root(system, vertices, next(numbers_of_particles))
    return arrays


def _on_root(system: System, vertices: npt.NDArray[np.int64], values: Array) -> Array:
    pieces = system.comm.gather((vertices, values), root=0)
    if pieces is None:
        return np.empty(0)
    size = 1 + max((int(v.max()) for v, _ in pieces if v.size), default=-1)
    full = np.full((size, *values.shape[1:]), np.nan)
    for numbers, part in pieces:
        full[numbers] = part
    return full
