"""Prints what a small pressed piece comes to, by the direct and by the iterative solver."""

from __future__ import annotations

from mpi4py import MPI

from fem_cell.analysis.pressing import Piece, press
from fem_cell.materials import load_sheet
from fem_cell.mechanics.viscoplastic import Solid, Stops, tangent
from tests.support.composites import composite, layer


def main() -> None:
    """Ends of two histories, numbers of steps left out."""
    lithium = Solid.from_sheet(load_sheet("lithium-layer"), 353.15)
    stiff = Solid.from_sheet(load_sheet("Li5B4"), 353.15)
    box = composite((3, 3, 3), lambda x: layer(0.4)(x) + 0.2 * x[:, 0])
    for limit in (tangent.DIRECT_LIMIT, 0):
        tangent.DIRECT_LIMIT = limit
        done = press(
            Piece(box, {"skeleton": stiff, "lithium": lithium}), 5e6, 0.1, 1.0, Stops(5e-3)
        )
        if MPI.COMM_WORLD.rank == 0:
            print(done.stiffness, *done.rows[-1].values())


if __name__ == "__main__":
    main()
