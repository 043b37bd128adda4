"""Phase models: what happens inside one named volume of the cell.

A phase does not know its neighbours. It states which unknowns it carries
(:attr:`Phase.kinds`) and adds its terms to their balances; interfaces and the
cell do the rest. To add a model, write a class that satisfies
:class:`~fem_cell.phases.model.Phase` and list it in
:mod:`fem_cell.build`.
"""
