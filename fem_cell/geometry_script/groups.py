"""Named groups of a Gmsh model: making them in a script, and checking them after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fem_cell.errors import Fault, InputError, nearest

KEY = "geometry.script"


def name_group(gmsh: Any, dim: int, tags: Iterable[int], name: str) -> None:
    """Put entities into a new physical group with a name; nothing for no entities."""
    listed = sorted(tags)
    if listed:
        group = gmsh.model.addPhysicalGroup(dim, listed)
        gmsh.model.setPhysicalName(dim, group, name)


def outer_faces(gmsh: Any) -> dict[int, int]:
    """Faces with one volume on them: tag of the face to tag of the volume."""
    neighbours = {tag: gmsh.model.getAdjacencies(2, tag)[0] for _, tag in gmsh.model.getEntities(2)}
    return {tag: int(up[0]) for tag, up in neighbours.items() if len(up) == 1}


def inner_faces(gmsh: Any, first: Iterable[int], second: Iterable[int]) -> list[int]:
    """Tags of the faces between two sets of volumes."""
    one, two = set(first), set(second)
    faces = []
    for _, tag in gmsh.model.getEntities(2):
        up = {int(volume) for volume in gmsh.model.getAdjacencies(2, tag)[0]}
        if len(up) == 2 and up & one and up & two:
            faces.append(tag)
    return faces


def lies_in_plane(gmsh: Any, face: int, height: float, tolerance: float = 1e-6) -> bool:
    """Whether a face is horizontal and at a height (model units)."""
    box = gmsh.model.getBoundingBox(2, face)
    return bool(abs(box[2] - height) < tolerance and abs(box[5] - height) < tolerance)


def groups(gmsh: Any, dim: int) -> dict[str, list[int]]:
    """Entities of every named group of a dimension."""
    found: dict[str, list[int]] = {}
    for _, group in gmsh.model.getPhysicalGroups(dim):
        entities = [int(tag) for tag in gmsh.model.getEntitiesForPhysicalGroup(dim, group)]
        found[gmsh.model.getPhysicalName(dim, group)] = entities
    return found


def phase_of(volume: str) -> str:
    """Phase of a volume group: its name up to the dot, if there is one."""
    return volume.partition(".")[0]


def phases(gmsh: Any) -> dict[str, list[int]]:
    """Volumes of each phase, the parts ``phase.1``, ``phase.2``, ... together."""
    found: dict[str, list[int]] = {}
    for name, entities in groups(gmsh, 3).items():
        found.setdefault(phase_of(name), []).extend(entities)
    return found


def check_groups(gmsh: Any, volumes: Sequence[str], surfaces: Sequence[str]) -> None:
    """Check that the model has the groups its script promised.

    Every volume has to be in exactly one group, a face in at most one, because a cell or a
    facet of the mesh carries one tag.

    Raises:
        InputError: With every fault found.
    """
    faults = _membership_faults(gmsh, 3, "volume", at_least=1)
    faults += _membership_faults(gmsh, 2, "surface", at_least=0)
    for dim, due, word in ((3, volumes, "volume"), (2, surfaces, "surface")):
        made = groups(gmsh, dim)
        for name in due:
            if name not in made:
                problem = f"build() made no {word} group '{name}', which names() promises"
                faults.append(Fault(KEY, problem, nearest(name, list(made))))
        for name in made:
            if name not in due:
                problem = f"build() made a {word} group '{name}', which names() does not list"
                faults.append(Fault(KEY, problem, nearest(name, list(due))))
    if faults:
        raise InputError(faults)


def _membership_faults(gmsh: Any, dim: int, word: str, at_least: int) -> list[Fault]:
    holders: dict[int, list[str]] = {int(tag): [] for _, tag in gmsh.model.getEntities(dim)}
    for name, entities in groups(gmsh, dim).items():
        for tag in entities:
            holders[tag].append(name or "(unnamed)")
    faults = []
    for tag, names in holders.items():
        if at_least <= len(names) <= 1:
            continue
        box = ", ".join(f"{x:.4g}" for x in gmsh.model.getBoundingBox(dim, tag))
        where = f"{word} {tag} of the model (box {box} um)"
        state = f"is in the groups {', '.join(names)}" if names else "is in no group"
        faults.append(Fault(KEY, f"{where} {state}", f"put every {word} in exactly one group"))
    return faults
