"""Stiffness of crystals and what is derived from it."""

from __future__ import annotations

import numpy as np
import pytest

from fem_cell.errors import InputError
from fem_cell.laws.stiffness import (
    check_stiffness,
    chemical_strain,
    directional_youngs_modulus,
    hill_average,
    isotropic_stiffness,
    reuss_average,
    rotated_stiffness,
    stiffness_tensor,
    stiffness_voigt,
    strain_as_voigt,
    stress_as_tensor,
    trigonal_stiffness,
    voigt_average,
)
from fem_cell.materials import load_sheet
from fem_cell.materials.stiffness import stiffness_of
from tests.support.mechanics import GPA, LICRO2, TILTED, rotation, trigonal

KELVIN = 298.15


def test_voigt_and_tensor_are_the_same():
    C = rotated_stiffness(trigonal(), TILTED)
    tensor = stiffness_tensor(C)
    assert stiffness_voigt(tensor) == pytest.approx(C)
    assert tensor == pytest.approx(np.einsum("ijkl->klij", tensor))
    strain = np.array([[1.0, 2.0, 3.0], [2.0, -1.0, 0.5], [3.0, 0.5, 0.2]])
    stress = np.einsum("ijkl,kl->ij", tensor, strain)
    assert stress_as_tensor(C @ strain_as_voigt(strain)) == pytest.approx(stress)


def test_isotropic():
    E, nu = 200 * GPA, 0.3
    C = isotropic_stiffness(E, nu)
    assert rotated_stiffness(C, TILTED) == pytest.approx(C, abs=1e-6 * GPA)
    assert directional_youngs_modulus(C, np.array([1.0, 2.0, -3.0])) == pytest.approx(E)
    for average in (voigt_average(C), reuss_average(C), hill_average(C)):
        assert average.youngs_modulus == pytest.approx(E)
        assert average.poisson_ratio == pytest.approx(nu)


def test_trigonal_crystal_has_a_threefold_axis_and_no_sixfold_one():
    C = trigonal()
    third, sixth = rotation(2 * np.pi / 3, 0, 0), rotation(np.pi / 3, 0, 0)
    assert rotated_stiffness(C, third) == pytest.approx(C, abs=1e-6 * GPA)
    assert rotated_stiffness(C, sixth)[0, 3] == pytest.approx(-C[0, 3])
    hexagonal = trigonal_stiffness({k: v * GPA for k, v in LICRO2.items() if k != "14"})
    turned = rotated_stiffness(hexagonal, rotation(0.3, 0, 0))
    assert turned == pytest.approx(hexagonal, abs=1e-6 * GPA)


def test_moduli_of_the_crystal_of_the_data_sheet():
    """Hill averages 211, 83 and 148 GPa and nu 0.263 come with the constants (mp-18793)."""
    average = hill_average(stiffness_of(load_sheet("LiCoO2"), KELVIN, "phases.cathode"))
    assert average.youngs_modulus / GPA == pytest.approx(211, abs=1.5)
    assert average.shear / GPA == pytest.approx(83, abs=1)
    assert average.bulk / GPA == pytest.approx(148, abs=1)
    assert average.poisson_ratio == pytest.approx(0.263, abs=0.003)


def test_young_modulus_along_c():
    """1 / S33 = C33 - 2 C13^2 / (C11 + C12) in a trigonal crystal (Nye)."""
    c = {key: value * GPA for key, value in LICRO2.items()}
    exact = c["33"] - 2 * c["13"] ** 2 / (c["11"] + c["12"])
    assert directional_youngs_modulus(trigonal(), np.array([0, 0, 2.0])) == pytest.approx(exact)


def test_c66_follows_unless_given():
    given = {key: value * GPA for key, value in LICRO2.items() if key != "66"}
    assert trigonal_stiffness(given)[5, 5] == pytest.approx((given["11"] - given["12"]) / 2)
    assert trigonal_stiffness(given | {"66": 120 * GPA})[5, 5] == pytest.approx(120 * GPA)


def test_isotropic_sheet():
    C = stiffness_of(load_sheet("LPSCl"), KELVIN, "phases.separator")
    assert hill_average(C).youngs_modulus == pytest.approx(22 * GPA)


def test_chemical_strain_turns_with_the_crystal():
    beta = chemical_strain(0.006, -0.053, TILTED)
    c = TILTED[:, 2]
    assert beta @ c == pytest.approx(-0.053 * c)
    assert np.trace(beta) == pytest.approx(2 * 0.006 - 0.053)
    assert chemical_strain(0.006, -0.053) == pytest.approx(np.diag([0.006, 0.006, -0.053]))


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"14": 100.0}, "stiffness_c14"),
        ({"12": 400.0}, "stiffness_c11"),
        ({"33": -1.0}, "stiffness_c33"),
        ({"44": 0.0}, "stiffness_c44"),
        ({"66": -3.0}, "stiffness_c66"),
        ({"13": 300.0}, "stiffness_c13"),
    ],
)
def test_unstable_crystals_are_refused_by_key(changed, key):
    with pytest.raises(InputError) as found:
        trigonal_stiffness(LICRO2 | changed)
    assert key in [fault.key for fault in found.value.faults]


def test_missing_constants():
    with pytest.raises(InputError, match="stiffness_c33: is missing"):
        trigonal_stiffness({"11": 1.0, "12": 0.2, "13": 0.2, "44": 0.3})


def test_solids_that_do_not_exist():
    with pytest.raises(InputError, match="youngs_modulus") as found:
        isotropic_stiffness(-1.0, 0.5)
    assert [fault.key for fault in found.value.faults] == ["youngs_modulus", "poisson_ratio"]
    with pytest.raises(InputError, match="stiffness: is not positive definite"):
        check_stiffness(np.diag([1.0, 1.0, 1.0, 1.0, 1.0, -0.1]))
    with pytest.raises(InputError, match="stiffness: is not symmetric"):
        check_stiffness(np.eye(6) + np.triu(np.ones((6, 6)), 1))
