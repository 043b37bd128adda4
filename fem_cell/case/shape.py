"""What a geometry script knows without a mesh: names, neighbours, exact sizes."""

from __future__ import annotations

from dataclasses import dataclass

from fem_cell.case.model import GeometryCase
from fem_cell.geometry_script import Geometry, Script
from fem_cell.geometry_script.groups import phase_of


@dataclass(frozen=True, slots=True)
class Outline:
    """Names of a geometry, known before it is meshed.

    Attributes:
        volumes: Names of the volumes, in the script's order; grains of one phase count as one.
        surfaces: Names of the outer surfaces.
        neighbours: Pairs of volumes that touch; ``None`` if the script does not say.
        polycrystals: Volumes that consist of grains with orientations of their own.
    """

    volumes: tuple[str, ...]
    surfaces: tuple[str, ...]
    neighbours: frozenset[frozenset[str]] | None
    polycrystals: frozenset[str] = frozenset()

    def touch(self, one: str, other: str) -> bool:
        """Whether two volumes touch; true if the script does not say."""
        return self.neighbours is None or frozenset((one, other)) in self.neighbours


def exact_sizes(geometry: GeometryCase) -> Geometry | None:
    """Exact volumes and areas by the script's ``exact``; ``None`` if it has none."""
    return _exact(geometry.loaded, dict(geometry.values))


def outline(geometry: GeometryCase) -> Outline:
    """The names of a geometry; its values must be complete and without faults."""
    values = dict(geometry.values)
    groups, surfaces = geometry.loaded.names(values)
    volumes = tuple(dict.fromkeys(phase_of(name) for name in groups))
    grains = frozenset(phase_of(name) for name in groups if "." in name)
    sizes = _exact(geometry.loaded, values)
    if sizes is None:
        return Outline(volumes, surfaces, None, grains)
    pairs = (
        frozenset((one, other))
        for one in volumes
        for other in volumes
        if one != other and f"{one}-{other}" in sizes.interfaces
    )
    return Outline(volumes, surfaces, frozenset(pairs), grains)


def _exact(script: Script, values: dict[str, object]) -> Geometry | None:
    function = getattr(script.module, "exact", None)
    return function(values) if function else None
