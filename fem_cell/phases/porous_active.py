r"""Porous active wall: model ``porous_active``.

Solid and pore electrolyte share the volume; spherical particles are carried at
every point. With filled pores on a plain slab this is Newman's porous electrode
(Doyle, Fuller and Newman 1993); with empty pores lithium moves from particle to
particle only.

.. math::
   a j &= a\, f\; 2 i_0 \sinh\frac{F\eta}{2RT}, \quad
         \eta = \phi_s - \phi_e - U(s_N), \quad a = 3\varepsilon_s/R \\
   a j_{dl} &= a\, f\, C_{dl}\, \partial(\phi_s - \psi)/\partial t \\
   \nabla\cdot(\sigma\nabla\phi_s) &= a j + a j_{dl} \qquad
   \nabla\cdot i_e = a j + a j_{dl} \\
   F c_{max}\varepsilon_s \Bigl(M\dot s + \frac{D}{R^2} K s\Bigr)_N
     &= \nabla\cdot\bigl(F c_{max} \gamma\, \varepsilon_s^{b} D \nabla s_N\bigr) - a j

s_N is the stoichiometry at the particles' surface (the field of this phase);
the radial unknowns behind it are those of :mod:`fem_cell.laws.particle`. f is
the pore filling: it scales both the electrolyte's volume fraction
:math:`\varepsilon f` and the wetted area. gamma scales the solid path between
touching particles. The double layer on the particles carries charge, no lithium
(:mod:`fem_cell.interfaces.butler_volmer`). What is wetted and what conducts beside each
other follows ``pore_filling`` from laminated (0) to infiltrated (1) (paper A).
"""

from __future__ import annotations

from dataclasses import dataclass

import ufl

from fem_cell.laws.kinetics import butler_volmer
from fem_cell.laws.transport import bruggeman, ohmic_current, ohmic_heat
from fem_cell.phases.active_material import ActiveMaterial
from fem_cell.phases.electrolyte import Electrolyte, PoreSpace
from fem_cell.phases.model import AT_VERTICES, ParticleStorage, Region
from fem_cell.power import DOUBLE_LAYERS, ELECTRONS, LITHIUM_DIFFUSION, Power, Reaction, Vertices
from fem_cell.unknowns import (
    ELECTRODE_POTENTIAL,
    OHMIC_POTENTIAL,
    SALT_CONCENTRATION,
    STOICHIOMETRY,
    Balances,
    DoubleLayer,
    NodalReaction,
)


@dataclass(frozen=True, slots=True)
class PorousActive:
    """A homogenised composite of particles, additives and pores.

    Attributes:
        material: Properties of the active material.
        electrolyte: What fills the pores; ``None`` if they are empty.
        porosity: Pore volume over total volume, epsilon.
        pore_filling: f, share of the pores filled with electrolyte, 0 to 1.
        active_fraction: Volume fraction of active material in the wall.
        accessible_fraction: Share of the active material that takes part.
        bruggeman_exponent: b, for the pores and for the solid path.
        particle_contact: gamma, scales diffusion between touching particles.
        radial_points: Nodes along a particle's radius.
        double_layer_capacitance: C_dl per wetted area, F/m^2.
    """

    material: ActiveMaterial
    electrolyte: Electrolyte | None
    porosity: float
    pore_filling: float
    active_fraction: float
    accessible_fraction: float
    bruggeman_exponent: float
    particle_contact: float
    radial_points: int
    double_layer_capacitance: float = 0.0

    jumps_between_grains = frozenset[str]()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Solid unknowns, and those of the electrolyte if there is some."""
        ionic = self.electrolyte.kinds if self.electrolyte else ()
        return (STOICHIOMETRY, ELECTRODE_POTENTIAL, *ionic)

    @property
    def electrolyte_name(self) -> str | None:
        """Name of the electrolyte in the pores."""
        return self.electrolyte.name if self.electrolyte else None

    @property
    def storing_fraction(self) -> float:
        """Volume fraction of the active material that takes part."""
        return self.active_fraction * self.accessible_fraction

    @property
    def surface_fraction(self) -> float:
        """Share of a cut face whose reaction is not in the volume already.

        Delesse's principle gives the share of active material; where pores are
        filled, the particles at the face belong to the wetted area ``a f``.
        """
        return self.storing_fraction * (1 - self.pore_filling)

    @property
    def charge_density(self) -> float:
        """F c_max of the share that takes part, C/m^3 of wall."""
        return self.material.charge_density * self.storing_fraction

    @property
    def active_mass_density(self) -> float:
        """Mass of active material, accessible or not, kg/m^3 of wall."""
        return self.material("density") * self.active_fraction

    @property
    def one_c_current_density(self) -> float:
        """Current of a rate of 1C (of all active material), A/m^3 of wall."""
        return self.material("one_c_specific_current") * self.active_mass_density

    @property
    def particle(self) -> ParticleStorage:
        """The particles behind every point."""
        rate = self.material("diffusivity") / self.material("particle_radius") ** 2
        return ParticleStorage(self.radial_points, rate, self.charge_density)

    @property
    def specific_area(self) -> float:
        """Wetted area a f of particles per volume of wall, 1/m."""
        area = 3 * self.storing_fraction / self.material("particle_radius")
        return area * self.pore_filling

    def initial(self, kind: str, stoichiometry: float) -> float:
        """Uniform stoichiometry at its open-circuit potential, uniform salt."""
        return {
            STOICHIOMETRY: stoichiometry,
            ELECTRODE_POTENTIAL: float(self.material.open_circuit(stoichiometry)),
            SALT_CONCENTRATION: 1.0,
        }.get(kind, 0.0)

    def add_terms(self, balances: Balances, region: Region) -> None:
        """Conduction, diffusion between particles, pore electrolyte, reaction.

        The storage of lithium in the particles is not among them: the system
        adds it node by node (:mod:`fem_cell.solver.particles`).
        """
        s, phi = region[STOICHIOMETRY], region[ELECTRODE_POTENTIAL]
        sigma = region.constant(self.material("electronic_conductivity"))
        current = ohmic_current(sigma, phi.value)
        balances.add(phi, -ufl.inner(current, ufl.grad(phi.test)) * region.dx)
        path = region.constant(
            self.material.charge_density
            * self.particle_contact
            * bruggeman(self.storing_fraction, self.bruggeman_exponent)
            * self.material("diffusivity")
        )
        balances.add(s, path * ufl.inner(ufl.grad(s.value), ufl.grad(s.test)) * region.dx)
        heat = ohmic_heat(sigma, phi.value)
        balances.powers.append(Power(region.name, ELECTRONS, heat, region.dx))
        mixing = -path * self.material.open_circuit.slope(s.value) * ufl.grad(s.value) ** 2
        middle = region.dx(metadata={"quadrature_degree": 1})
        balances.powers.append(Power(region.name, LITHIUM_DIFFUSION, mixing, middle))
        if self.electrolyte:
            self._add_electrolyte(balances, region, self.electrolyte)

    def _add_electrolyte(
        self, balances: Balances, region: Region, electrolyte: Electrolyte
    ) -> None:
        pores = PoreSpace(self.porosity * self.pore_filling, self.bruggeman_exponent)
        electrolyte.add_terms(balances, region, pores)
        s, phi = region[STOICHIOMETRY], region[ELECTRODE_POTENTIAL]
        salt = region.unknowns.get(SALT_CONCENTRATION)
        equilibrium = self.material.open_circuit(s.value)
        force = phi.value - electrolyte.potential(region) - equilibrium
        faradaic = butler_volmer(
            self.material.exchange_current_density(s.value, salt.value if salt else None, region),
            force,
            0.0,
            region.temperature,
            has_film=False,
        )
        reaction = region.constant(self.specific_area) * faradaic
        # at the vertices, where the particles are
        shares = [(s, 1.0), (phi, 1.0), *electrolyte.reaction_shares(region)]
        vertices = Vertices(s, region.dx)
        balances.reactions.append(NodalReaction(vertices, reaction, shares))
        drop = electrolyte.diffusion_potential(region)
        spent = Reaction(region.name, vertices, reaction, force, drop)
        balances.powers += [*spent.powers(), *spent.of_lithium(region.name, equilibrium)]
        if self.double_layer_capacitance > 0:
            self._add_double_layer(balances, region, electrolyte)

    def _add_double_layer(
        self, balances: Balances, region: Region, electrolyte: Electrolyte
    ) -> None:
        phi, psi = region[ELECTRODE_POTENTIAL], region[OHMIC_POTENTIAL]
        capacitance = region.constant(self.specific_area * self.double_layer_capacitance)
        dx = region.dx.reconstruct(metadata=AT_VERTICES)
        for own, other in ((phi, psi), (psi, phi)):
            balances.add(own, capacitance * own.rate * own.test * dx)
            balances.add(own, -capacitance * other.rate * own.test * dx)
        voltage = phi.value - psi.value
        charging = capacitance * (phi.rate - psi.rate)
        balances.powers.append(Power(region.name, DOUBLE_LAYERS, charging * voltage, dx))
        stored = capacitance * voltage * dx
        share = 1.0 - electrolyte.transference_number
        balances.double_layers.append(DoubleLayer(stored, share, phi))
