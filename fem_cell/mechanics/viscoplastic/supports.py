"""What holds a body, and the platen that presses it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Supports:
    """Components of the displacement, owned ones, shape (nodes, 3) (local).

    Attributes:
        held: Those that stay zero.
        pressed: Those that move together with a platen, along its outer normal.
        area: Of the platen, m^2; zero without.
    """

    held: Mask
    pressed: Mask
    area: float = 0.0
