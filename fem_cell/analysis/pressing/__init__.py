"""A resolved piece of an anode under pressure: creep, closing pores, load on the skeleton.

``press`` holds one piece under one pressure between ``platens``, ``measures`` says what is taken
from its states, ``variants`` makes anodes of a mesh, ``outcome`` says what the numbers stand for,
``table`` prints them, ``fields`` writes them for ParaView, ``study`` does all of it for a piece.
"""

from fem_cell.analysis.pressing.press import Piece, Pressed, press

__all__ = ["Piece", "Pressed", "press"]
