"""``python -m fem_cell.output.pictures RESULTS``: one line of output per picture."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from fem_cell.output.pictures.architecture import draw_architecture
from fem_cell.output.pictures.curves import draw_voltage
from fem_cell.output.pictures.experiments import draw_titration, draw_voltammogram
from fem_cell.output.pictures.folder import NothingToShow, ResultsFolder
from fem_cell.output.pictures.impedance import draw_impedance, draw_resistances
from fem_cell.output.pictures.layers import draw_layers, layers_of
from fem_cell.output.pictures.losses import draw_cycles, draw_losses
from fem_cell.output.pictures.maps import MAPS, draw_map

FOLDER = "pictures"
OF_EVERY_RUN = (
    "stoichiometry",
    "salt",
    "interface_current",
)
OF_EXPERIMENTS = {
    "cycles": draw_cycles,
    "gitt": draw_titration,
    "impedance": draw_impedance,
    "resistances": draw_resistances,
    "voltammetry": draw_voltammogram,
}
OF_MECHANICS = ("stress_xx", "stress_zz", "max_principal_stress")


def drawings(results: ResultsFolder) -> dict[str, Callable[[Path], None]]:
    """What to draw, by file name; curves first, they need no graphics driver."""
    whole: dict[str, Callable[[Path], None]] = {
        "voltage.png": lambda path: draw_voltage(results, path),
        "losses.png": lambda path: draw_losses(results, path),
        "architecture.png": lambda path: draw_architecture(results, path),
    }
    if layers_of(results):
        whole["lithium_layers.png"] = lambda path: draw_layers(results, path)
    for table, draw in OF_EXPERIMENTS.items():
        if (results.path / f"{table}.csv").is_file():
            whole[f"{table}.png"] = lambda path, draw=draw: draw(results, path)  # type: ignore[misc]
    stressed = (results.path / "stress.json").is_file()
    for name in (*OF_EVERY_RUN, *(OF_MECHANICS if stressed else ())):
        quantity = MAPS[name]
        whole[f"{name}.png"] = lambda path, q=quantity: draw_map(results, q, path)  # type: ignore[misc]
    return whole


def main(arguments: list[str]) -> int:
    """Draw everything; one if a drawing failed unexpectedly."""
    results = ResultsFolder(Path(arguments[0]))
    target = results.path / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    failed = 0
    for name, draw in drawings(results).items():
        try:
            draw(target / name)
            print("picture", target / name, sep="\t", flush=True)
        except NothingToShow as reason:
            print("skipped", f"no {name}: {reason}", sep="\t", flush=True)
        except Exception as error:  # one bad picture must not take the others with it
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
