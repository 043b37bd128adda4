"""All that the parameters of dense crystals describe, before anything is meshed.

Lengths are in micrometres. Grains, cracks, pores, contact patches, orientations and roughness draw
from streams of random numbers of their own, so that a change of one leaves the others as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from fem_cell.errors import Fault
from fem_cell.geometry_script.crystals import orientation, placing
from fem_cell.geometry_script.crystals.clearance import clearance
from fem_cell.geometry_script.crystals.figures import Ball, Disc, Figure, Flat, Lens, Pore, Strip
from fem_cell.geometry_script.crystals.grains import (
    QUASI_2D,
    Grains,
    grain_count,
    make_grains,
)
from fem_cell.geometry_script.crystals.placing import NoRoomError, Room
from fem_cell.geometry_script.crystals.roughness import LEAST_STRETCH, Roughness, rough
from fem_cell.geometry_script.crystals.tessellation import Array, Tessellation, extrude, strips
from fem_cell.geometry_script.parameters import Values

MICRO = 1e6
"""Micrometres in a metre."""
GAP = 0.4
"""Wanted clearance between figures and grain boundaries, over the size of the cells there."""
LARGEST_GAP = 0.1
"""The same over the diameter of the figure."""
MARGIN = 0.75
"""Distance of figures from each other and from the surface, over the size of the cells there."""
KEPT = 32
"""Microstructures that are remembered, as they are asked for several times."""
PATCH_DRAWS = 40
"""Draws of random contact patches, of which the one with the largest clearance is taken."""

_LENGTHS = (
    "width", "depth", "thickness", "separator_thickness", "plate_thickness", "plate_length",
    "crack_diameter", "pore_diameter", "microcrack_diameter", "microcrack_opening", "roughness",
    "correlation_length", "mesh_size", "interface_size", "crack_size",
)  # fmt: skip
_GRAINS, _TEXTURE, _CRACKS, _PORES, _MICROCRACKS, _PATCHES, _ROUGHNESS = range(7)


@dataclass(frozen=True)
class Microstructure:
    """Crystals and what is between them, in micrometres.

    Attributes:
        values: Parameters, lengths in micrometres.
        crystals: The grains and what they were made from.
        cracks: Flat cracks.
        patches: Where the interface has no contact.
        pores: Voids, round and lens-shaped.
        roughness: Of the interface; None if it is flat.
    """

    values: Values
    crystals: Grains
    cracks: tuple[Flat, ...]
    patches: tuple[Flat, ...]
    pores: tuple[Pore, ...]
    roughness: Roughness | None

    @property
    def grains(self) -> Tessellation:
        """The grains as polyhedra."""
        return self.crystals.solid

    @property
    def plan(self) -> Tessellation | None:
        """The grains as polygons, of x and z in a slice; None if there are no polygons."""
        return self.crystals.plan

    @property
    def is_slice(self) -> bool:
        """Whether it is one layer of cells through the depth."""
        return self.values["dimension"] == QUASI_2D

    @property
    def pore_volume(self) -> float:
        """Volume of all pores."""
        if self.is_slice:
            return sum(pore.section for pore in self.pores) * self.values["depth"]
        return sum(pore.volume for pore in self.pores)

    @property
    def pore_surface(self) -> float:
        """Surface of all pores."""
        if self.is_slice:
            return sum(pore.rim for pore in self.pores) * self.values["depth"]
        return sum(pore.surface for pore in self.pores)

    def notes(self) -> tuple[str, ...]:
        """What was healed and what is rough, for people to read."""
        notes = []
        if done := self.crystals.healing:
            notes.append(
                f"{done.before} short edges between grains, {done.before - done.after} healed "
                f"by {done.moves} moves of a seed"
            )
        if self.roughness:
            notes.append(
                f"interface with a root mean square height of {self.roughness.rms:.4g} um has "
                f"{self.roughness.area_ratio:.4g} times the flat area"
            )
        return tuple(notes)


def microstructure(p: Values, attempt: int = 0) -> tuple[Microstructure | None, list[Fault]]:
    """Make the microstructure, reproducibly.

    Args:
        p: Parameters in SI, each acceptable by itself.
        attempt: Number of an alternative, which differs in what is placed at random.

    Returns:
        The microstructure, and faults; None if there are any.
    """
    return _cached(tuple(p.items()), attempt)


@lru_cache(maxsize=KEPT)
def _cached(items: tuple[Any, ...], attempt: int) -> tuple[Microstructure | None, list[Fault]]:
    p = {key: MICRO * value if key in _LENGTHS else value for key, value in items}
    return _Maker(p, attempt).make()


class _Maker:
    """Makes one part after the other and collects faults."""

    def __init__(self, p: Values, attempt: int) -> None:
        self.p, self.attempt = p, attempt
        self.slice = p["dimension"] == QUASI_2D
        self.box = (p["width"], p["depth"], p["thickness"])
        self.faults: list[Fault] = []

    def make(self) -> tuple[Microstructure | None, list[Fault]]:
        cracks = self._try("cracks", self._grid_cracks)
        patches = self._try("contact_fraction", self._regular_patches)
        if self.faults:
            return None, self.faults
        made = self._grains([*cracks, *patches])
        grains = made.solid
        sheet = made.plan if self.slice else None
        room = Room(grains, sheet, MARGIN * self.p["crack_size"], 0.0)
        cracks = cracks or self._try("cracks", lambda: self._random_cracks(room))
        patches = patches or self._try("contact_fraction", lambda: self._random_patches(grains))
        pores = self._try("pores", lambda: self._pores(cracks, room))
        pores += self._try("microcracks", lambda: self._microcracks([*cracks, *pores], room))
        roughness = self._roughness()
        if self.faults:
            return None, self.faults
        figures = tuple(cracks), tuple(patches), tuple(pores)
        return Microstructure(self.p, made, *figures, roughness), []

    def _rng(self, stream: int) -> np.random.Generator:
        alternative = 0 if stream in (_GRAINS, _ROUGHNESS) else self.attempt
        return np.random.default_rng([self.p["seed"], stream, alternative])

    def _gap(self, diameter: str, size: str = "crack_size") -> float:
        return min(GAP * self.p[size], LARGEST_GAP * self.p[diameter])

    def _try[T](self, key: str, action: Callable[[], list[T]]) -> list[T]:
        try:
            return action()
        except NoRoomError as error:
            remedy = "make them fewer or smaller, or the cell larger"
            self.faults.append(Fault(key, str(error), remedy))
            return []

    def _grains(self, fixed: Sequence[Flat]) -> Grains:
        """Grains that avoid figures whose place is fixed."""
        gap = min(self._gap("crack_diameter"), GAP * self.p["interface_size"])

        def penalty(solid: Tessellation) -> float:
            return sum(max(0.0, 1.0 - clearance(f, solid) / gap) ** 2 for f in fixed)

        return make_grains(self.p, self._rng(_GRAINS), penalty if fixed else None)

    def _crack(self, centre: Sequence[float], tilt: float, azimuth: float) -> Flat:
        radius, at = 0.5 * self.p["crack_diameter"], (centre[0], centre[1], centre[2])
        if self.p["crack_shape"] == "disc":
            return Disc(at, placing.tilted(tilt, azimuth), radius)
        through = (at[0], 0.5 * self.box[1], at[2])
        return Strip(through, placing.tilted(tilt, 0.0), radius, self.box[1])

    def _grid_cracks(self) -> list[Flat]:
        p = self.p
        if not p["cracks"] or p["crack_placement"] != "grid":
            return []
        centres = placing.grid(p["cracks"], self.box, p["crack_shape"] == "rectangle")
        cracks = [self._crack(centre.tolist(), p["crack_tilt"], 0.0) for centre in centres]
        empty = extrude(strips(self.box[0], self.box[1], ()), self.box[2])
        placing.check_grid(cracks, Room(empty, None, MARGIN * p["crack_size"], 0.0))
        return cracks

    def _random_cracks(self, room: Room) -> list[Flat]:
        p = self.p

        def draw(rng: np.random.Generator) -> Flat:
            tilt = p["crack_tilt"] * rng.choice([-1.0, 1.0])
            return self._crack(rng.uniform(0.0, self.box).tolist(), tilt, rng.uniform(0, 2 * np.pi))

        if p["crack_placement"] == "grid":
            return []
        room = replace(room, gap=self._gap("crack_diameter"))
        return placing.scatter(draw, p["cracks"], [], room, self._rng(_CRACKS))

    def _regular_patches(self) -> list[Flat]:
        """Places without contact that do not depend on the grains."""
        if self.p["contact_pattern"] == "random":
            return []
        return self._draw_patches(self._rng(_PATCHES))

    def _random_patches(self, grains: Tessellation) -> list[Flat]:
        """Of several draws the one that is farthest from touching grain boundaries."""
        if self.p["contact_pattern"] != "random" or self.p["contact_fraction"] == 1.0:
            return []
        rng = self._rng(_PATCHES)
        draws = [self._draw_patches(rng) for _ in range(PATCH_DRAWS)]
        return max(draws, key=lambda draw: min(clearance(patch, grains) for patch in draw))

    def _draw_patches(self, rng: np.random.Generator) -> list[Flat]:
        p = self.p
        lost = (1.0 - p["contact_fraction"]) * self.box[0] * self.box[1]
        if lost == 0.0:
            return []
        pattern = p["contact_pattern"]
        if pattern == "random" and self.slice:
            pattern = "gaps"
        margin = MARGIN * p["interface_size"]
        return placing.patches_of(pattern, lost, p["contact_patches"], self.box, rng, margin)

    def _pores(self, others: Sequence[Figure], room: Room) -> list[Pore]:
        p = self.p

        def draw(rng: np.random.Generator) -> Pore:
            return Ball(self._anywhere(rng), 0.5 * p["pore_diameter"])

        room = replace(room, gap=self._gap("pore_diameter"))
        return placing.scatter(draw, p["pores"], others, room, self._rng(_PORES))

    def _microcracks(self, others: Sequence[Figure], room: Room) -> list[Pore]:
        p = self.p

        def draw(rng: np.random.Generator) -> Pore:
            tilt, azimuth = p["crack_tilt"] * rng.choice([-1.0, 1.0]), rng.uniform(0, 2 * np.pi)
            normal = placing.tilted(tilt, 0.0 if self.slice else azimuth)
            centre, radius = self._anywhere(rng), 0.5 * p["microcrack_diameter"]
            if self.slice:
                return Lens(Strip(centre, normal, radius, self.box[1]), p["microcrack_opening"])
            return Lens(Disc(centre, normal, radius), p["microcrack_opening"])

        room = replace(room, gap=self._gap("microcrack_diameter"))
        return placing.scatter(draw, p["microcracks"], others, room, self._rng(_MICROCRACKS))

    def _anywhere(self, rng: np.random.Generator) -> tuple[float, float, float]:
        x, y, z = rng.uniform(0.0, self.box).tolist()
        return (x, 0.5 * self.box[1] if self.slice else y, z)

    def _roughness(self) -> Roughness | None:
        p = self.p
        if not p["roughness"]:
            return None
        layers = (p["thickness"], p["separator_thickness"])
        made = rough(
            self.box[:2], layers, p["roughness"], p["correlation_length"],
            self._rng(_ROUGHNESS), self.slice, p["periodic"],
        )  # fmt: skip
        if made.least_stretch < LEAST_STRETCH:
            limit = p["roughness"] * (1.0 - LEAST_STRETCH) / (1.0 - made.least_stretch)
            problem = f"{p['roughness']:.4g} um would invert cells at the interface"
            remedy = f'give at most "{0.99 * limit:.3g} um", or a longer correlation_length'
            self.faults.append(Fault("roughness", problem, remedy))
        return made


def orientations(p: Values) -> tuple[Array, list[Fault]]:
    """Rotation matrix of each grain: from the table if there is one, else from the texture.

    Returns:
        The matrices, and faults of the table.
    """
    count = grain_count(p)
    if p["orientations"]:
        return orientation.read_table(Path(p["orientations"]), count, "orientations")
    made, _ = microstructure(p)
    rng = np.random.default_rng([p["seed"], _TEXTURE])
    spread, share = p["texture_spread"], p["misoriented_fraction"]
    azimuths = made.crystals.azimuths if made else None
    return orientation.textured(p["texture"], count, spread, share, rng, azimuths), []
