"""D_ss of the layer of a results folder, from its collector to its separator.

``python -m fem_cell.analysis.layer FOLDER...`` writes ``effective_diffusivity.json`` into every
folder. A process of its own, since a report is no parallel program.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from fem_cell.output.files import replace_json

FILE = "effective_diffusivity.json"
PHASE, SEPARATOR, GAP = "cathode", "separator", "no_contact"


def known(folder: Path) -> float | None:
    """D_ss of a folder [m^2/s], ``None`` if it is not known or that of another case."""
    try:
        content = json.loads((folder / FILE).read_text())
        return float(content["D_ss_m2_s"]) if content["case"] == _fingerprint(folder) else None
    except (OSError, ValueError, KeyError):
        return None


def _fingerprint(folder: Path) -> str:
    return hashlib.sha256((folder / "case.toml").read_bytes()).hexdigest()


def layer_diffusivity(folder: Path) -> float:
    """Compute D_ss of the dense layer of a results folder, m^2/s. Serial."""
    import numpy as np
    from mpi4py import MPI

    from fem_cell.analysis.effective_diffusivity import steady_diffusivity
    from fem_cell.build import build
    from fem_cell.case import load_case
    from fem_cell.geometry_script import MeshFile
    from fem_cell.mesh import read_cell_mesh

    case = load_case(folder / "case.toml", [])
    file = MeshFile.load(folder / "mesh" / "mesh.msh")
    mesh = read_cell_mesh(file.path, MPI.COMM_SELF)
    footprint = float(file.info["footprint"])
    cell, _ = build(case, mesh, footprint, file.info.get("grains", []))
    # the whole upper face drives, with or without contact: lost contact is no matter of the bulk
    faces = [mesh.interface(PHASE, SEPARATOR)]
    faces += [mesh.cut(GAP)] if GAP in mesh.cuts else []
    top = np.concatenate([rows.reshape(-1, 4)[:, :2].ravel() for rows in faces])
    bottom = mesh.surface_facets[case.terminals.positive]
    thickness = float(file.info["thickness"][PHASE])
    return steady_diffusivity(cell, PHASE, bottom, top, thickness, footprint)


def main(folders: list[str]) -> int:
    """Compute and store D_ss of some results folders."""
    for folder in map(Path, folders):
        value = layer_diffusivity(folder)
        replace_json(folder / FILE, {"D_ss_m2_s": value, "case": _fingerprint(folder)})
        print(f"{folder}: D_ss = {value:.4g} m^2/s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
