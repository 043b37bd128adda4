"""What holds and loads an elastic body on its named exterior surfaces.

Surfaces that are not named in any condition are free of traction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sliding:
    """No displacement along the normal, none of it hindered within the plane.

    Symmetric sides and a smooth support. The surface may have several plane parts, each
    normal to an axis.

    Attributes:
        surface: Its name.
    """

    surface: str


@dataclass(frozen=True, slots=True)
class Displaced:
    """The whole displacement is given.

    Attributes:
        surface: Its name.
        displacement: u, m, of points (3, n), shape (3, n); ``None`` for a surface that is
            held.
    """

    surface: str
    displacement: Callable[[Array], Array] | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    """One vertex is held along some axes: supports a body that floats, without straining it.

    Attributes:
        point: The nearest vertex is taken, m.
        axes: Of 0, 1 and 2.
    """

    point: tuple[float, float, float]
    axes: tuple[int, ...]


@dataclass(slots=True)
class PlaneFace:
    r"""A loaded plane face that stays plane and parallel to itself.

    .. math:: u\cdot n = U, \qquad \int n\cdot\sigma n\,dA = -P A, \qquad P = P_0 + K U

    with one number U that moves outwards. It slides freely in its plane. Load and fixture
    may be changed between solves.

    Attributes:
        surface: Its name; all of it normal to one axis.
        pressure: P0, Pa, positive in compression.
        stiffness: K of the fixture, Pa/m; ``inf`` holds the face where it is, U = U0.
        position: U0, m, the displacement of a face that is held.
    """

    surface: str
    pressure: float = 0.0
    stiffness: float = 0.0
    position: float = 0.0

    @property
    def held(self) -> bool:
        """Whether U is given."""
        return bool(np.isinf(self.stiffness))


Condition = Sliding | Displaced | Pin | PlaneFace
