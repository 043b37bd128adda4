"""Protocols: their lines, and the steps they stand for."""

from fem_cell.protocol.blocks import parse_protocol
from fem_cell.protocol.grammar import parse_line
from fem_cell.protocol.steps import Amount, Frequencies, Leave, Limit, Step

__all__ = ["Amount", "Frequencies", "Leave", "Limit", "Step", "parse_line", "parse_protocol"]
