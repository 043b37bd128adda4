r"""Stress of every cell and what is derived from it.

The stress of a cell is its mean over the cell, constant per cell of the parent mesh:

.. math:: \bar\sigma = \frac1{V} \int_V C : (\varepsilon(u) - \beta (s - s_0))\,dx
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from fem_cell.laws.stiffness import stress_as_tensor
from fem_cell.mechanics.body import VOIGT
from fem_cell.mechanics.elasticity import Elasticity
from fem_cell.mechanics.forms import bulk_degree
from fem_cell.mechanics.volumes import cell_volumes

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CellStress:
    """Stress in all local cells of the parent mesh, ghosts included; zero outside the body.

    Attributes:
        voigt: 11, 22, 33, 23, 13 and 12, Pa, shape (cells, 6).
    """

    voigt: Array

    @property
    def tensor(self) -> Array:
        """Shape (cells, 3, 3), Pa."""
        return stress_as_tensor(self.voigt)

    @property
    def max_principal(self) -> Array:
        """Largest principal stress, tension positive, Pa."""
        return np.asarray(np.linalg.eigvalsh(self.tensor)[:, -1])

    @property
    def pressure(self) -> Array:
        """-tr(sigma)/3, Pa."""
        return np.asarray(-self.voigt[:, :3].sum(axis=1) / 3)

    @property
    def von_mises(self) -> Array:
        """sqrt(3/2 s:s) of the deviator s, Pa."""
        deviator = self.tensor + self.pressure[:, None, None] * np.eye(3)
        return np.asarray(np.sqrt(1.5 * np.einsum("nij,nij->n", deviator, deviator)))

    def normal(self, directions: Array) -> Array:
        """N . sigma . n, Pa.

        Args:
            directions: Unit vector of every cell, shape (cells, 3).
        """
        return np.einsum("ni,nij,nj->n", directions, self.tensor, directions)


class StressRecovery:
    """Computes the stress of the cells; its form is compiled once.

    Attributes:
        elasticity: Whose stress it is.
    """

    def __init__(self, elasticity: Elasticity) -> None:
        """Compile. Collective."""
        self.elasticity = elasticity
        body, mesh = elasticity.body, elasticity.mesh
        self._space = fem.functionspace(mesh.mesh, ("DG", 0, (VOIGT,)))
        q = ufl.TestFunction(self._space)
        degree = bulk_degree(body, elasticity.u.function_space.element.basix_element.degree)
        means = [
            ufl.inner(body.stress(name, elasticity.u), q) * body.dx(name, degree)
            for name in body.phases
        ]
        form = sum(means[1:], means[0])
        self._form = fem.form(form, entity_maps=elasticity.entity_maps)
        self._volumes = cell_volumes(mesh)
        self._c_axes: dict[tuple[str, ...], Array] = {}

    def __call__(self) -> CellStress:
        """Stress of the present displacement. Collective."""
        field = fem.Function(self._space)
        fem.assemble_vector(field.x.array, self._form)
        field.x.scatter_forward()
        order = self._space.dofmap.list[:, 0]
        return CellStress(field.x.array.reshape(-1, VOIGT)[order] / self._volumes[:, None])

    def normal_to_layers(self, stress: CellStress, phases: Sequence[str]) -> Array:
        """Stress normal to the (003) planes of layered crystals, c . sigma . c, Pa. Collective.

        Args:
            stress: From a call of this object.
            phases: Those made of such crystals; zero in the others.
        """
        key = tuple(phases)
        if key not in self._c_axes:
            axis = self.elasticity.body.c_axis(key)
            order = axis.function_space.dofmap.list[:, 0]
            self._c_axes[key] = axis.x.array.reshape(-1, 3)[order]
        return stress.normal(self._c_axes[key])


def elastic_energy(elasticity: Elasticity) -> float:
    """Energy stored in the body, 1/2 sigma : eps_el over its volume, J. Collective."""
    body, u = elasticity.body, elasticity.u
    degree = 2 * u.function_space.element.basix_element.degree
    densities = [
        0.5 * ufl.inner(body.stress(name, u), body.elastic_strain(name, u)) * body.dx(name, degree)
        for name in body.phases
    ]
    return elasticity.integrate(sum(densities[1:], densities[0]))
