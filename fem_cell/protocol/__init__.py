"""Protocols: their lines, and the steps they stand for."""

from fem_cell.protocol.grammar import parse_line, parse_protocol
from fem_cell.protocol.steps import Amount, Frequencies, Limit, Step

__all__ = ["Amount", "Frequencies", "Limit", "Step", "parse_line", "parse_protocol"]
