r"""Fluxes in the phases of a cell.

Binary salt (concentrated solution, 1:1, constant transference number):

.. math::
   N_+ = -D_e \nabla c_e + t_+ i_e / F, \qquad
   i_e = -\kappa \nabla\phi_e
         + \frac{2\kappa RT}{F} \Bigl(1 + \frac{d\ln f}{d\ln c}\Bigr)(1 - t_+) \nabla\ln c_e

with Newman's potential, referred to a lithium electrode (Newman and
Thomas-Alyea, ch. 12). The unknown is the part of it that drives the current,

.. math::
   \psi = \phi_e - \frac{2RT}{F} \Bigl(1 + \frac{d\ln f}{d\ln c}\Bigr)(1 - t_+)
          \ln\frac{c_e}{c_0}, \qquad i_e = -\kappa \nabla\psi

so that the balances of a volume are linear and the logarithm, which grows without
bounds where salt runs out, enters kinetics only, as a power of c_e. Single-ion
conductor: :math:`\phi_e = \psi`.
"""

from __future__ import annotations

import ufl

from fem_cell.laws.constants import FARADAY, GAS_CONSTANT
from fem_cell.laws.expressions import Expression, extended_ln
from fem_cell.laws.kinetics import DEPLETION


def ohmic_current(conductivity: Expression, potential: Expression) -> Expression:
    """Current density of Ohm's law, A/m^2."""
    return -conductivity * ufl.grad(potential)


def ohmic_heat(conductivity: Expression, potential: Expression) -> Expression:
    """Power lost per volume by a current of Ohm's law, W/m^3."""
    return conductivity * ufl.inner(ufl.grad(potential), ufl.grad(potential))


def diffusion_potential(
    salt_ratio: Expression,
    transference_number: Expression,
    thermodynamic_factor: Expression,
    temperature: Expression,
) -> Expression:
    """phi_e - psi, V: zero at the reference concentration, smooth through depletion.

    Args:
        salt_ratio: c_e over the reference.
        transference_number: t_+ of lithium.
        thermodynamic_factor: 1 + dln f/dln c.
        temperature: K.
    """
    slope = (
        2 * GAS_CONSTANT * temperature / FARADAY * thermodynamic_factor * (1 - transference_number)
    )
    return slope * extended_ln(salt_ratio, DEPLETION)


def bruggeman(volume_fraction: float, exponent: float) -> float:
    """Ratio of effective to bulk conductivity of a phase in a mixture."""
    return volume_fraction**exponent
