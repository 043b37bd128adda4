r"""Directions of crystals and tensors that turn with them.

An orientation is a rotation matrix R whose columns are the crystal axes a, b* and c in the frame
of the mesh. A second-rank tensor that is isotropic in the layers (ab) and differs across them
(c) becomes

.. math:: T = R\, \mathrm{diag}(t_{ab}, t_{ab}, t_c)\, R^T

such as the diffusivity of a layered oxide (paper B).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def layered_tensor(orientation: Array, within: float, across: float) -> Array:
    """R diag(within, within, across) R^T.

    Args:
        orientation: R, shape (3, 3).
        within: Property in the layers.
        across: Property along c.
    """
    return orientation @ np.diag([within, within, across]) @ orientation.T


def orientation_of_axis(c_axis: Sequence[float]) -> Array:
    """An orientation with the given c-axis; a is as near to x (or y) as it can be.

    Args:
        c_axis: Any length but zero.
    """
    c = np.asarray(c_axis, dtype=np.float64)
    c = c / np.linalg.norm(c)
    helper = np.eye(3)[0 if abs(c[0]) < 0.9 else 1]
    a = helper - (helper @ c) * c
    a /= np.linalg.norm(a)
    return np.column_stack([a, np.cross(c, a), c])
