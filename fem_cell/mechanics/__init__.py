"""Quasi-static mechanics of a body that swells with its lithium.

``elasticity`` is the problem and its solution, ``body`` its materials, ``conditions`` what
holds and loads it, ``contact`` its cuts. ``stress``, ``hot_spots`` and ``energy_release`` tell
what follows, ``toughness`` compares with measured crack resistance; ``feedback`` brings stress
to the lithium.
"""

from fem_cell.mechanics.body import ElasticPhase, Swelling
from fem_cell.mechanics.conditions import Condition, Displaced, Pin, PlaneFace, Sliding
from fem_cell.mechanics.contact import ContactReport
from fem_cell.mechanics.elasticity import Elasticity, SolveReport
from fem_cell.mechanics.energy_release import EnergyRelease, FrontEnergy
from fem_cell.mechanics.hot_spots import HotSpots, hot_spots
from fem_cell.mechanics.stress import CellStress, StressRecovery, elastic_energy

__all__ = [
    "CellStress",
    "Condition",
    "ContactReport",
    "Displaced",
    "ElasticPhase",
    "Elasticity",
    "EnergyRelease",
    "FrontEnergy",
    "HotSpots",
    "Pin",
    "PlaneFace",
    "Sliding",
    "SolveReport",
    "StressRecovery",
    "Swelling",
    "elastic_energy",
    "hot_spots",
]
