"""Measures what the solver costs and writes one table and one plot.

    container/fem-cell python runs/benchmarks/benchmark.py             all of it, about an hour
    container/fem-cell python runs/benchmarks/benchmark.py steps scaling        some of it

Run it alone: machines are shared and noisy, so times are compared with those of a scalar
Poisson problem on the same mesh, and are medians of repeats. Parts: ``steps`` (time steps,
Newton and linear iterations of protocols), ``scaling`` (cost and iterations against size),
``direct`` (against the direct solver), ``ranks`` (one rank against two), ``messages`` (what
an iteration sends), ``cycles`` (fifty cycles of a small cell), ``large`` (a full discharge of
more than a million unknowns).
Results go to ``results/benchmarks``; parts that were not asked for keep their last numbers.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable
from pathlib import Path

from measure import (
    CASE,
    HERE,
    Result,
    build_counter,
    counted,
    difference,
    poisson_cost,
    run,
)
from report import Table, write

OUT = Path("results/benchmarks")

SLAB = HERE / "lithium_cobalt_oxide.toml"

DISCHARGE = "Discharge at {} until 2.7 V"

PROTOCOLS = {
    "1C": [DISCHARGE.format("1C")],
    "0.05C": [DISCHARGE.format("0.05C")],
    "5C": [DISCHARGE.format("5C")],
    "hold": ["Discharge at 1C until 3.6 V", "Hold at 3.6 V until C/50"],
    "rest": ["Discharge at 1C for 20 minutes", "Rest for 1 hour"],
    "reversal": ["Discharge at 1C for 30 minutes", "Charge at 1C until 4.2 V"],
}

SMALL = {"geometry.mesh_size": "12 um", "geometry.interface_size": "4 um"}
"""Size at which the time steps are counted: they do not depend on it."""

STEEP = 30.0
"""V per duration of a run; beyond, a curve counts as vertical, and its end time is compared."""

SIZES = {
    "10k": ("8 um", "5 um"),
    "130k": ("2.7 um", "2 um"),
    "200k": ("2.36 um", "1.75 um"),
    "500k": ("1.66 um", "1.23 um"),
    "1.3M": ("1.18 um", "0.873 um"),
    "2M": ("1.025 um", "0.759 um"),
}
"""Mesh size and size at the interface for so many unknowns, those inside particles included."""

SCALING = ("10k", "130k", "500k", "2M")

REPEATS = 3
"""Of short measurements; longer ones are made once."""


def size(name: str) -> dict[str, object]:
    """Settings of a mesh."""
    mesh, interface = SIZES[name]
    return {"geometry.mesh_size": mesh, "geometry.interface_size": interface}


def protocol(lines: list[str]) -> dict[str, object]:
    """Settings of a protocol."""
    return {"protocol": json.dumps(lines)}


BEGINNING = protocol(["Discharge at 1C for 3 minutes"])
SHORT = protocol(["Discharge at 1C for 5 s"])


def steps() -> Table:
    """Time steps, Newton and linear iterations; voltage against ten times tighter tolerances."""
    table = Table(
        "Time integration",
        ["protocol", "accepted", "rejected", "Newton per step", "linear per Newton",
         "voltage error", "end time error"],
    )  # fmt: skip
    settings: dict[str, object] = {**SMALL, "solver.linear_solver": "iterative"}
    cases = {name: (CASE, {**settings, **protocol(lines)}) for name, lines in PROTOCOLS.items()}
    cases["LiCoO2 until full"] = (SLAB, {})
    for name, (case, changes) in cases.items():
        folder = OUT / f"steps_{name.replace(' ', '_')}"
        one = run(folder, changes, 2, case)
        tight = {**changes, "solver.time_tolerance": "1e-4"}
        exact = run(folder.with_name(f"{folder.name}_tight"), tight, 2, case)
        end = abs(one.curve[-1, 0] / exact.curve[-1, 0] - 1)
        table.add(
            name,
            one.record["accepted_steps"],
            f"{one.rejected:.0%}",
            f"{one.newton_per_step:.1f}",
            f"{one.linear_per_newton:.1f}",
            f"{1e3 * difference(one, exact, STEEP):.2f} mV",
            f"{end:.0e}",
        )
    return table


def scaling() -> Table:
    """Cost of a Newton iteration over that of a Poisson problem, and linear iterations."""
    table = Table(
        "Size",
        ["coupled unknowns", "all unknowns", "linear per Newton", "us per Newton and unknown",
         "over Poisson, all", "over Poisson, coupled", "bytes per unknown"],
    )  # fmt: skip
    for name in SCALING:
        repeats = REPEATS if name in ("10k", "130k") else 1
        settings = {**size(name), **BEGINNING, "solver.linear_solver": "iterative"}
        runs = [run(OUT / f"size_{name}", settings, 2) for _ in range(repeats)]
        poisson = poisson_cost(next((OUT / f"size_{name}").glob("mesh/*.msh")), 2, repeats)
        table.add(*_cost(runs, poisson["seconds_per_unknown"]))
    return table


def _cost(runs: list[Result], poisson: float) -> list[object]:
    one = runs[0]
    newton = statistics.median(r.newton_step for r in runs)
    return [
        f"{one.coupled:,}",
        f"{one.unknowns:,}",
        f"{one.linear_per_newton:.1f}",
        f"{1e6 * newton / one.unknowns:.2f}",
        f"{newton / one.unknowns / poisson:.2f}",
        f"{newton / one.coupled / poisson:.2f}",
        f"{one.memory_per_unknown:.0f}",
    ]


def direct() -> Table:
    """The block preconditioner against MUMPS, which serves smaller systems."""
    table = Table(
        "Solver", ["solver", "all unknowns", "coupled", "s per Newton", "peak memory / GB"]
    )
    for solver in ("iterative", "direct"):
        settings = {**size("200k"), **SHORT, "solver.linear_solver": solver}
        one = run(OUT / f"solver_{solver}", settings, 2)
        memory = one.record["peak_memory_MB"] / 1024
        unknowns = (f"{one.unknowns:,}", f"{one.coupled:,}")
        table.add(solver, *unknowns, f"{one.newton_step:.2f}", f"{memory:.2f}")
    return table


def ranks() -> Table:
    """Strong scaling from one rank to two."""
    table = Table("Ranks", ["ranks", "all unknowns", "s per Newton", "efficiency"])
    times = {}
    for count in (1, 2):
        one = run(OUT / f"ranks_{count}", {**size("500k"), **BEGINNING}, count)
        times[count] = one.newton_step
        efficiency = times[1] / times[count] / count
        table.add(count, f"{one.unknowns:,}", f"{times[count]:.2f}", f"{efficiency:.2f}")
    return table


def messages() -> Table:
    """What a Newton iteration sends, for the estimate of many ranks."""
    table = Table(
        "Messages of a Newton iteration",
        ["ranks", "coupled", "linear", "messages of a rank", "MB of a rank", "collectives"],
    )
    short, long = (protocol([f"Discharge at 1C for {minutes} minutes"]) for minutes in (1, 30))
    settings: dict[str, object] = {**size("130k"), "solver.linear_solver": "iterative"}
    for count in (2, 4):
        counter = build_counter(OUT)
        runs = [
            run(OUT / f"messages_{count}", {**settings, **lines}, count, counter=counter)
            for lines in (short, long)
        ]
        done = runs[1].record["newton_iterations"] - runs[0].record["newton_iterations"]
        sent = [(b - a) / done for a, b in zip(*counted(counter), strict=True)]
        linear = runs[1].record["linear_iterations"] - runs[0].record["linear_iterations"]
        table.add(
            count,
            f"{runs[1].coupled:,}",
            f"{linear / done:.1f}",
            f"{sent[0]:.0f}",
            f"{sent[1] / 2**20:.2f}",
            f"{sent[2]:.0f}",
        )
    return table


def cycles() -> Table:
    """Fifty cycles of a small cell."""
    table = Table("Cycles", ["cycles", "accepted", "rejected", "Newton per step", "wall / s"])
    lines = '{repeat = 50, steps = ["Discharge at 1C until 2.7 V", "Charge at 1C until 4.3 V"]}'
    small = {"geometry.mesh_size": "25 um", "geometry.interface_size": "6 um"}
    one = run(OUT / "cycles", {**small, "protocol": f"[{lines}]"})
    table.add(
        50,
        one.record["accepted_steps"],
        f"{one.rejected:.0%}",
        f"{one.newton_per_step:.1f}",
        f"{one.record['wall_time_s']['total']:.0f}",
    )
    return table


def large() -> Table:
    """A full discharge at 1C of more than a million unknowns."""
    table = Table(
        "Large",
        ["all unknowns", "coupled", "wall / min", "peak memory / GB", "bytes per unknown",
         "accepted", "Newton per step", "linear per Newton", "us per Newton and unknown"],
    )  # fmt: skip
    one = run(OUT / "large", size("1.3M"), 2)
    table.add(
        f"{one.unknowns:,}",
        f"{one.coupled:,}",
        f"{one.record['wall_time_s']['total'] / 60:.1f}",
        f"{one.record['peak_memory_MB'] / 1024:.1f}",
        f"{one.memory_per_unknown:.0f}",
        one.record["accepted_steps"],
        f"{one.newton_per_step:.1f}",
        f"{one.linear_per_newton:.1f}",
        f"{1e6 * one.newton_step / one.unknowns:.2f}",
    )
    return table


PARTS: dict[str, Callable[[], Table]] = {
    "steps": steps,
    "scaling": scaling,
    "direct": direct,
    "ranks": ranks,
    "messages": messages,
    "cycles": cycles,
    "large": large,
}


def main() -> None:
    """Measure the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    chosen = parser.parse_args().parts or list(PARTS)
    OUT.mkdir(parents=True, exist_ok=True)
    for name in chosen:
        write(OUT, name, PARTS[name]())


if __name__ == "__main__":
    main()
