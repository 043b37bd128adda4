"""Pictures of a run, from nothing but its results folder.

:func:`make_pictures` never fails: what cannot be drawn is skipped with a message.
It draws in a process of its own, since a graphics driver that is missing or
broken ends a process without asking.
"""

from fem_cell.output.pictures.beside import draw_beside, side_by_side
from fem_cell.output.pictures.launch import make_pictures

__all__ = ["draw_beside", "make_pictures", "side_by_side"]
