"""Reproduction of papers: their values, ours, tolerance and verdict."""
