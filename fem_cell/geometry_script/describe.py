"""Text about a mesh: sizes, volumes against the exact ones, a histogram of the quality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BAR = 40


def describe(info: Mapping[str, Any]) -> str:
    """A table of a mesh for people to read.

    Args:
        info: Contents of ``mesh.json`` (``MeshFile.info``).

    Returns:
        Several lines, lengths in micrometres, errors relative to the exact shape.
    """
    edge = info["edge_length"]
    lines = [
        f"cells     {info['cells']:>10,}   order {info['order']}",
        f"nodes     {info['nodes']:>10,}   vertices {info['vertices']:,}",
        f"edges     {edge['minimum'] * 1e6:.3g} to {edge['maximum'] * 1e6:.3g} um, "
        f"median {edge['median'] * 1e6:.3g} um",
        f"footprint {info['footprint'] * 1e12:.6g} um^2, "
        f"{info['multiplicity']} such pieces make one periodic cell",
        "",
        f"{'':<28}{'exact':>14}{'mesh':>14}{'error':>11}{'cells':>10}",
    ]
    for table, power in (("phases", 3), ("surfaces", 2), ("interfaces", 2)):
        for name, row in info[table].items():
            lines.append(_row(f"{name} [um^{power}]", row, 1e6**power))
    if info.get("grains"):
        lines += ["", *_grains(info)]
    lines += [f"note: {note}" for note in info.get("notes", ())]
    return "\n".join([*lines, "", *_histogram(info["quality"])])


def _grains(info: Mapping[str, Any]) -> list[str]:
    """One line on the sizes of the grains, one on the boundaries between them."""
    sizes = sorted(1e6 * grain["equivalent_diameter"] for grain in info["grains"])
    return [
        f"grains    {len(sizes)}, equivalent diameter {sizes[0]:.3g} to {sizes[-1]:.3g} um, "
        f"median {sizes[len(sizes) // 2]:.3g} um",
        f"boundaries between grains {info['grain_boundary_area'] * 1e12:.6g} um^2",
    ]


def _row(label: str, row: Mapping[str, Any], scale: float) -> str:
    exact, error = row["exact"], row["relative_error"]
    return (
        f"{label:<28}"
        f"{'-' if exact is None else f'{exact * scale:.7g}':>14}"
        f"{row['mesh'] * scale:>14.7g}"
        f"{'-' if error is None else f'{error:+.1e}':>11}"
        f"{row.get('cells', ''):>10}"
    )


def _histogram(quality: Mapping[str, Any]) -> list[str]:
    edges, counts = quality["histogram"]["edges"], quality["histogram"]["counts"]
    total, most = sum(counts), max(counts)
    lines = [
        f"quality ({quality['measure']}, 1 is a regular tetrahedron): least "
        f"{quality['minimum']:.3f}, 1 % below {quality['percentile_1']:.3f}, "
        f"median {quality['median']:.3f}"
    ]
    for low, high, count in zip(edges, edges[1:], counts, strict=False):
        bar = "#" * round(_BAR * count / most)
        lines.append(f"  {low:.1f}-{high:.1f} {count / total:>6.1%} {bar}".rstrip())
    return lines
