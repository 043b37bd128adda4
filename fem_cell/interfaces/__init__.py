"""Interface models: what passes between two phases, or a phase and a terminal.

An interface knows exactly the two sides it joins. ``+`` is the electrode,
``-`` the electrolyte, always.
"""
