r"""Fluxes in the phases of a cell.

Binary salt (concentrated solution, 1:1, constant transference number):

.. math::
   N_+ = -D_e \nabla c_e + t_+ i_e / F, \qquad
   i_e = -\kappa \nabla\phi_e
         + \frac{2\kappa RT}{F} \Bigl(1 + \frac{d\ln f}{d\ln c}\Bigr)(1 - t_+) \nabla\ln c_e

with Newman's potential, referred to a lithium electrode (Newman and
Thomas-Alyea, ch. 12). Single-ion conductor: :math:`i_e = -\kappa\nabla\phi_e`.
"""

from __future__ import annotations

import ufl

from fem_cell.laws.constants import FARADAY, GAS_CONSTANT
from fem_cell.laws.expressions import Expression, positive
from fem_cell.laws.kinetics import DEPLETION_WIDTH


def ohmic_current(conductivity: Expression, potential: Expression) -> Expression:
    """Current density of Ohm's law, A/m^2."""
    return -conductivity * ufl.grad(potential)


def concentrated_solution_current(
    conductivity: Expression,
    potential: Expression,
    salt_ratio: Expression,
    transference_number: Expression,
    thermodynamic_factor: Expression,
    temperature: Expression,
) -> Expression:
    """Current density i_e of a binary salt, A/m^2.

    Args:
        conductivity: Effective kappa, S/m.
        potential: phi_e, V.
        salt_ratio: c_e over a reference; only its logarithm's gradient enters.
        transference_number: t_+ of lithium.
        thermodynamic_factor: 1 + dln f/dln c.
        temperature: K.
    """
    diffusion_potential = (
        2 * GAS_CONSTANT * temperature / FARADAY * thermodynamic_factor * (1 - transference_number)
    )
    log_gradient = ufl.grad(salt_ratio) / positive(salt_ratio, DEPLETION_WIDTH)
    return -conductivity * (ufl.grad(potential) - diffusion_potential * log_gradient)


def bruggeman(volume_fraction: float, exponent: float) -> float:
    """Ratio of effective to bulk conductivity of a phase in a mixture."""
    return volume_fraction**exponent


def tensor_about_axis(across: Expression, along: Expression, axis: Expression) -> Expression:
    """Transversely isotropic tensor: ``along`` the unit axis, ``across`` it elsewhere."""
    projector = ufl.outer(axis, axis)
    return across * (ufl.Identity(3) - projector) + along * projector
