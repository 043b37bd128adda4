"""A porous cathode coating with a lattice of laser-drilled channels, electrolyte in and on it.

The current collector is the plane z = 0, the coating fills 0 < z < thickness, the electrolyte
fills the channels and a film on top of the coating, and the lithium foil lies on the film.
Channels are cones that narrow downwards, or cylinders with taper 0. All lateral faces are mirror
planes of the lattice, so that one wedge stands for the whole electrode. Without channels the
piece is that of the hexagonal lattice, for comparison side by side.

Volumes: cathode, electrolyte. Surfaces: current_collector, channel_bottom (only where channels
reach the collector; no current passes there), lithium_foil, symmetry.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

from fem_cell.errors import Fault
from fem_cell.geometry_script import Geometry, Parameter, Values, main
from fem_cell.geometry_script.groups import lies_in_plane, name_group, outer_faces
from fem_cell.geometry_script.lattice import Piece, Point, piece_of
from fem_cell.geometry_script.sizing import EFFECTIVE_GROWTH, Size, count_tetrahedra

# fmt: off
PARAMETERS = (
    Parameter("lattice", "hexagonal", None, "arrangement of the channels; none: plain coating",
              choices=("hexagonal", "square", "none")),
    Parameter("cell", "wedge", None, "smallest symmetric piece, or the full periodic rectangle",
              choices=("wedge", "full")),
    Parameter("pitch", "200 um", "um", "distance between the axes of neighbouring channels",
              minimum=0.01),
    Parameter("channel_diameter", "103.7 um", "um", "diameter at the upper face of the coating",
              minimum=0.01),
    Parameter("taper", "0 deg", "deg", "angle of the channel wall to the vertical",
              minimum=0.0, maximum=80.0),
    Parameter("thickness", "100 um", "um", "thickness of the coating", minimum=0.01),
    Parameter("channel_depth", lambda p: p["thickness"], "um",
              "depth of the channels; if not given, the thickness", minimum=0.01),
    Parameter("electrolyte_thickness", "6 um", "um", "film between the coating and the foil",
              minimum=0.01),
    Parameter("mesh_size", "8 um", "um", "size of the cells far from the interface",
              minimum=0.001),
    Parameter("interface_size", lambda p: min(0.5 * p["mesh_size"], p["electrolyte_thickness"]),
              "um", "size of the cells at the interface; if not given, half of mesh_size and at "
              "most the film", minimum=0.001),
    Parameter("order", 1, None, "order of the cells; 2 follows the channel wall closely",
              choices=(1, 2)),
)
# fmt: on

GROWTH = 0.35
"""Increase of the cell size per distance from the interface."""
MICRO = 1e6
"""Micrometres in a metre."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The electrode piece in micrometres.

    Attributes:
        piece: Outline and channel axes.
        channels: Channels in the piece, 1/12 for a hexagonal wedge, 0 without channels.
        radius: Of a channel at the upper face.
        bottom_radius: Of a channel at its depth.
        depth: Of the channels.
        thickness: Of the coating.
        film: Thickness of the electrolyte on the coating.
    """

    piece: Piece
    channels: float
    radius: float
    bottom_radius: float
    depth: float
    thickness: float
    film: float

    @property
    def height(self) -> float:
        """Coating and film together."""
        return self.thickness + self.film

    @property
    def through(self) -> bool:
        """Whether there are channels that reach the current collector."""
        return self.channels > 0 and self.depth == self.thickness

    @property
    def bottom_area(self) -> float:
        """Area of the bottoms of the channels."""
        return self.channels * math.pi * self.bottom_radius**2

    @property
    def channel_volume(self) -> float:
        """Volume of the channels: truncated cones."""
        r, s = self.radius, self.bottom_radius
        return self.channels * math.pi * self.depth * (r * r + r * s + s * s) / 3

    @property
    def interface_area(self) -> float:
        """Area between the phases: plain upper face, channel walls, bottoms of blind channels."""
        r, s = self.radius, self.bottom_radius
        wall = self.channels * math.pi * (r + s) * math.hypot(self.depth, r - s)
        plain = self.piece.area - self.channels * math.pi * r * r
        return plain + wall + (0.0 if self.through else self.bottom_area)

    def interface_distance(self, x: float, y: float, z: float) -> float:
        """Distance of a point from the surface between coating and electrolyte."""
        top = self.thickness
        if not self.channels:
            return abs(z - top)
        r = min(math.hypot(x - a, y - b) for a, b in self.piece.axes)
        low = (self.bottom_radius, top - self.depth)
        wall = _to_segment((r, z), (self.radius, top), low)
        plain = math.hypot(min(r - self.radius, 0.0), z - top)
        if self.through:
            return min(wall, plain)
        return min(wall, plain, math.hypot(max(r - low[0], 0.0), z - low[1]))


def shape(p: Values) -> Shape:
    """The piece that the parameters describe."""
    piece = piece_of(p["lattice"], p["cell"], p["pitch"] * MICRO)
    radius, depth = 0.5 * p["channel_diameter"] * MICRO, p["channel_depth"] * MICRO
    return Shape(
        piece=piece,
        channels=piece.count if p["lattice"] != "none" else 0.0,
        radius=radius,
        bottom_radius=radius - depth * math.tan(p["taper"]),
        depth=depth,
        thickness=p["thickness"] * MICRO,
        film=p["electrolyte_thickness"] * MICRO,
    )


def names(p: Values) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Volumes and surfaces of the piece."""
    bottom = ("channel_bottom",) if shape(p).through else ()
    return ("cathode", "electrolyte"), ("current_collector", *bottom, "lithium_foil", "symmetry")


def check(p: Values) -> list[Fault]:
    """Shapes that cannot exist, and meshes too coarse for the shape."""
    faults = _channel_faults(p) if p["lattice"] != "none" else []
    return faults or _size_faults(p)


def _channel_faults(p: Values) -> list[Fault]:
    faults = []
    pitch, diameter, depth = p["pitch"], p["channel_diameter"], p["channel_depth"]
    if diameter >= pitch:
        problem = f"channels of {_um(diameter)} touch or overlap at a pitch of {_um(pitch)}"
        remedy = "make it smaller than the pitch, which is the distance between the axes"
        faults.append(Fault("channel_diameter", problem, remedy))
    if depth > p["thickness"]:
        problem = f"{_um(depth)} reaches beyond the coating of {_um(p['thickness'])}"
        remedy = "at most the thickness; leave it out for channels through the coating"
        faults.append(Fault("channel_depth", problem, remedy))
    elif depth * math.tan(p["taper"]) >= 0.5 * diameter:
        closed = _um(0.5 * diameter / math.tan(p["taper"]))
        limit = math.degrees(math.atan(0.5 * diameter / depth))
        problem = f"{math.degrees(p['taper']):g} deg closes the channel at a depth of {closed}"
        remedy = f"needs less than {limit:.3g} deg for channel_depth = {_um(depth)}"
        faults.append(Fault("taper", problem, remedy))
    return faults


def _size_faults(p: Values) -> list[Fault]:
    """A cell must not be larger than what it has to resolve."""
    coarse = {"the thickness of the coating": p["thickness"]}
    fine = {"the electrolyte film": p["electrolyte_thickness"]}
    if p["lattice"] != "none":
        coarse["the channel radius"] = 0.5 * p["channel_diameter"]
        coarse["the wall between two channels"] = p["pitch"] - p["channel_diameter"]
        fine["the channel radius at its bottom"] = shape(p).bottom_radius / MICRO
        if not shape(p).through:
            fine["the coating below the channels"] = p["thickness"] - p["channel_depth"]
    faults = []
    for key, features in (("mesh_size", coarse), ("interface_size", coarse | fine)):
        name = min(features, key=lambda feature: features[feature])
        if p[key] > features[name] * (1 + 1e-9):
            problem = f"{_um(p[key])} is larger than {name}, {_um(features[name])}"
            faults.append(Fault(key, problem, f'give "{_um(features[name])}" or less'))
    if p["interface_size"] > p["mesh_size"] * (1 + 1e-9):
        problem = f"{_um(p['interface_size'])} is larger than mesh_size"
        faults.append(Fault("interface_size", problem, f'give "{_um(p["mesh_size"])}" or less'))
    return faults


def _um(length: float) -> str:
    return f"{length * MICRO:.4g} um"


def _cell_size(p: Values, form: Shape, growth: float) -> Size:
    """Size of the cells at a point, growing from the interface into the bulk."""
    fine, coarse = p["interface_size"] * MICRO, p["mesh_size"] * MICRO

    def size(x: float, y: float, z: float) -> float:
        return float(min(coarse, fine + growth * form.interface_distance(x, y, z)))

    return size


def estimate(p: Values) -> dict[str, int]:
    """Expected numbers of nodes and cells."""
    form = shape(p)
    size = _cell_size(p, form, EFFECTIVE_GROWTH)
    return count_tetrahedra(form.piece.outline, form.height, size, p["order"])


def exact(p: Values) -> Geometry:
    """Exact sizes (SI)."""
    form = shape(p)
    opening = form.bottom_area if form.through else 0.0
    area = form.piece.area
    areas = {
        "current_collector": area - opening,
        "lithium_foil": area,
        "symmetry": form.piece.perimeter * form.height,
    }
    if form.through:
        areas["channel_bottom"] = opening
    volumes = {
        "cathode": area * form.thickness - form.channel_volume,
        "electrolyte": area * form.film + form.channel_volume,
    }
    return Geometry(
        volumes={name: volume / MICRO**3 for name, volume in volumes.items()},
        areas={name: value / MICRO**2 for name, value in areas.items()},
        footprint=area / MICRO**2,
        thickness={"cathode": form.thickness / MICRO, "electrolyte": form.film / MICRO},
        multiplicity=form.piece.multiplicity,
        interfaces={"cathode-electrolyte": form.interface_area / MICRO**2},
    )


def build(p: Values) -> Geometry:
    """Fill the current Gmsh model (micrometres) and return the exact sizes (SI)."""
    import gmsh

    form = shape(p)
    cathode, electrolyte = _solids(gmsh, form)
    name_group(gmsh, 3, cathode, "cathode")
    name_group(gmsh, 3, electrolyte, "electrolyte")
    _name_surfaces(gmsh, form, cathode)
    size = _cell_size(p, form, GROWTH)
    for source in ("FromPoints", "FromCurvature", "ExtendFromBoundary"):
        gmsh.option.setNumber(f"Mesh.MeshSize{source}", 0)
    gmsh.model.mesh.setSizeCallback(lambda dim, tag, x, y, z, lc: size(x, y, z))
    return exact(p)


def _solids(gmsh: Any, form: Shape) -> tuple[set[int], set[int]]:
    """Volumes of the cathode and of the electrolyte, sharing their interface."""
    occ = gmsh.model.occ
    cathode = [(3, form.piece.prism(gmsh, 0.0, form.thickness))]
    electrolyte = [(3, form.piece.prism(gmsh, form.thickness, form.film))]
    if form.channels:
        drills = [(3, _drill(gmsh, form, axis)) for axis in form.piece.axes]
        holes = occ.intersect(cathode, drills, removeObject=False)[0]
        electrolyte = occ.fuse(electrolyte, holes, removeTool=False)[0]
        cathode = occ.cut(cathode, holes)[0]
    parts = occ.fragment(cathode, electrolyte)[1]
    occ.synchronize()
    tags = [{int(tag) for _, tag in part} for part in parts]
    return set().union(*tags[: len(cathode)]), set().union(*tags[len(cathode) :])


def _drill(gmsh: Any, form: Shape, axis: Point) -> int:
    """What the laser takes away: a cylinder or a cone from the upper face down."""
    where = (*axis, form.thickness, 0, 0, -form.depth)
    if form.radius == form.bottom_radius:
        return int(gmsh.model.occ.addCylinder(*where, form.radius))
    return int(gmsh.model.occ.addCone(*where, form.radius, form.bottom_radius))


def _name_surfaces(gmsh: Any, form: Shape, cathode: set[int]) -> None:
    named: dict[str, list[int]] = {}
    for face, volume in outer_faces(gmsh).items():
        if lies_in_plane(gmsh, face, 0.0):
            name = "current_collector" if volume in cathode else "channel_bottom"
        else:
            name = "lithium_foil" if lies_in_plane(gmsh, face, form.height) else "symmetry"
        named.setdefault(name, []).append(face)
    for name, faces in named.items():
        name_group(gmsh, 2, faces, name)


def _to_segment(point: Point, start: Point, end: Point) -> float:
    """Distance of a point of the plane from a segment."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    px, py = point[0] - start[0], point[1] - start[1]
    along = min(max((px * dx + py * dy) / (dx * dx + dy * dy), 0.0), 1.0)
    return math.hypot(px - along * dx, py - along * dy)


if __name__ == "__main__":
    sys.exit(main(__file__))
