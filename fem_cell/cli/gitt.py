"""``fem-cell gitt``: evaluate a titration with another area."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

from fem_cell.cli.plot import require_results
from fem_cell.errors import Fault, InputError
from fem_cell.log import LOGGER

CHOSEN = "chosen area"


def command(options: argparse.Namespace) -> int:
    """Write the table again, with the chosen area beside the others; print the medians."""
    require_results("RESULTS", options.results)
    from fem_cell.case import load_case
    from fem_cell.experiments import gitt
    from fem_cell.output.pictures.folder import read_columns

    folder = options.results
    if not (folder / gitt.FACTS).is_file():
        remedy = "run a case with { gitt = ... } in its protocol"
        raise InputError([Fault("RESULTS", f"{folder} holds no complete pulse", remedy)])
    sample = gitt.read_sample(folder)
    areas = sample.areas | {CHOSEN: options.area * sample.footprint}
    steps = json.loads((folder / "summary.json").read_text())["steps"]
    protocol = load_case(folder / "case.toml").protocol
    found = gitt.pulses(protocol, steps, read_columns(folder / "timeseries.csv"))
    gitt.write(folder, found, replace(sample, areas=areas))
    facts = json.loads((folder / gitt.FACTS).read_text())
    for name, diffusivity in facts["median_diffusivity_m2_s"].items():
        ratio = areas[name] / sample.footprint
        print(f"{name:18} {ratio:10.4g} cm2/cm2  D = {1e4 * diffusivity:.3g} cm2/s")
    print(f"{'used':29}          D = {1e4 * sample.diffusivity:.3g} cm2/s")
    for line in facts["warnings"]:
        LOGGER.warning("%s", line)
    return 0
