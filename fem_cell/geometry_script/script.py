"""Loading of geometry scripts and what a script gives back."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from fem_cell.errors import Fault, InputError
from fem_cell.geometry_script.parameters import Parameter, Values, read_values

KEY = "geometry.script"


@dataclass(frozen=True, slots=True)
class Grain:
    """One crystal of a polycrystalline phase.

    Attributes:
        name: Its volume group, ``phase.number``, e.g. ``cathode.3``.
        orientation: Rows of the rotation matrix whose columns are the crystal axes a, b* and c
            in the frame of the mesh.
        centre: Centroid, m, pores left aside.
        volume: Exact volume, m^3; None where there is no closed form.
    """

    name: str
    orientation: tuple[tuple[float, float, float], ...]
    centre: tuple[float, float, float]
    volume: float | None = None


@dataclass(frozen=True, slots=True)
class Geometry:
    """What a script knows exactly about the shape it built.

    Attributes:
        volumes: Exact volume of each phase, m^3; None where there is no closed form.
        areas: Exact area of each named surface, m^2; None where there is no closed form.
        footprint: Area over which current densities and areal capacities are counted, m^2.
        thickness: Height of each phase across the cell, m.
        multiplicity: How many of this piece make one periodic cell of the architecture.
        interfaces: Exact area between two phases, m^2, by ``"a-b"``; all that touch.
        structured: The mesh is extruded or transfinite; nothing may be done to improve it.
        quality_goal: Least quality (gamma) of the cells that needs no further attempt at meshing.
        grains: Crystals of the phases that are meshed grain by grain.
        notes: What else there is to know about the shape, one sentence each.
        measures: What it turned out to be where it was drawn at random, by name, SI.
    """

    volumes: Mapping[str, float | None]
    areas: Mapping[str, float | None]
    footprint: float
    thickness: Mapping[str, float]
    multiplicity: int = 1
    interfaces: Mapping[str, float | None] = field(default_factory=dict)
    structured: bool = False
    quality_goal: float = 0.2
    grains: tuple[Grain, ...] = ()
    notes: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Script:
    """A loaded geometry script.

    Attributes:
        path: The file, absolute.
        module: The module it became.
    """

    path: Path
    module: ModuleType

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters it declares (``PARAMETERS``)."""
        return tuple(self.module.PARAMETERS)

    def read(
        self, table: Mapping[str, object], folder: Path | None = None
    ) -> tuple[Values, list[Fault]]:
        """Values of all parameters in SI and the faults of each and of their combination.

        Args:
            table: What the user wrote, without the key ``script``.
            folder: What file names are relative to; the working directory if None.

        Returns:
            Complete values, and faults whose keys are parameter names; values are incomplete
            if there are faults.
        """
        values, faults = read_values(self.parameters, table, folder)
        if not faults:
            faults = self.check(values)
        return values, faults

    def files(self, values: Values) -> list[Path]:
        """Files that parameters name."""
        named = [values[p.name] for p in self.parameters if p.item_type is Path]
        return [Path(name) for name in named if name]

    def check(self, values: Values) -> list[Fault]:
        """Faults of the combination of values, by the script's ``check`` if it has one."""
        function = getattr(self.module, "check", None)
        return list(function(values)) if function else []

    def names(self, values: Values) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the volumes and of the surfaces, known without meshing."""
        volumes, surfaces = self.module.names(values)
        return tuple(volumes), tuple(surfaces)

    def build(self, values: Values) -> Geometry:
        """Fill the current Gmsh model, in micrometres. Needs an initialised Gmsh."""
        geometry = self.module.build(values)
        if not isinstance(geometry, Geometry):
            raise InputError([Fault(KEY, "build() did not return a Geometry", _HOW)])
        return geometry

    def move_nodes(self, values: Values) -> None:
        """Let the script move the nodes of the finished mesh, if it defines ``move_nodes``."""
        function: Callable[[Values], None] | None
        function = getattr(self.module, "move_nodes", None)
        if function:
            function(values)

    def estimate(self, values: Values) -> dict[str, int] | None:
        """Expected numbers of ``nodes`` and ``cells``; None if the script cannot tell."""
        function: Callable[[Values], dict[str, int]] | None
        function = getattr(self.module, "estimate", None)
        return function(values) if function else None

    def exact(self, values: Values) -> Geometry | None:
        """Exact sizes without meshing; None if the script cannot tell."""
        function: Callable[[Values], Geometry] | None
        function = getattr(self.module, "exact", None)
        return function(values) if function else None

    def show(self, values: Values) -> dict[str, object]:
        """The values as a case file would hold them, with units."""
        return {p.name: p.show(values[p.name]) for p in self.parameters}


_HOW = "geometry/README.md says what a script has to define"
_REQUIRED = {"PARAMETERS": "a tuple of Parameter", "names": "a function", "build": "a function"}


def load_script(path: str | Path) -> Script:
    """Load a geometry script from a file.

    Args:
        path: A Python file that defines ``PARAMETERS``, ``names(p)`` and ``build(p)``.

    Raises:
        InputError: There is no such file, it fails on import, or it lacks a definition.
    """
    file = Path(path).resolve()
    if not file.is_file():
        near = [p.name for p in sorted(file.parent.glob("*.py"))] if file.parent.is_dir() else []
        remedy = f"scripts there: {', '.join(near)}" if near else "check the path"
        raise InputError([Fault(KEY, f"there is no file {file}", remedy)])
    module = _import(file)
    missing = [f"{name} ({what})" for name, what in _REQUIRED.items() if not hasattr(module, name)]
    if missing:
        raise InputError([Fault(KEY, f"{file.name} does not define {', '.join(missing)}", _HOW)])
    if not all(isinstance(item, Parameter) for item in module.PARAMETERS):
        problem = f"PARAMETERS of {file.name} holds something that is not a Parameter"
        raise InputError([Fault(KEY, problem, _HOW)])
    return Script(file, module)


def _import(file: Path) -> ModuleType:
    """Run a file as a module under a name of its own, so that two scripts never collide."""
    name = f"fem_cell_geometry_{file.stem}_{abs(hash(str(file))):x}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise InputError([Fault(KEY, f"{file.name} is not a Python file", "name it *.py")])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look up the module of the class they decorate
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        problem = f"{file.name} fails when it is loaded: {type(error).__name__}: {error}"
        raise InputError([Fault(KEY, problem, f"try 'python {file} --help'")]) from error
    return module
