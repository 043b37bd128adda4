"""A resolved piece of an anode under pressure: creep, closing pores, load on the skeleton.

``measures`` says what is taken from a state, ``press`` holds one piece under one pressure,
``indicators`` says what the numbers stand for, ``table`` prints them.
"""

from fem_cell.analysis.pressing.press import Piece, Pressed, press

__all__ = ["Piece", "Pressed", "press"]
