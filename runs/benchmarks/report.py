"""The table and the plot of the benchmarks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib.pyplot as plt


@dataclass(slots=True)
class Table:
    """Rows of text under headings.

    Attributes:
        title: What was measured.
        headings: Of the columns.
        rows: The numbers, as they are printed.
    """

    title: str
    headings: list[str]
    rows: list[list[str]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Add a row and print it."""
        self.rows.append([str(cell) for cell in cells])
        print(f"{self.title}: " + ", ".join(map("{} {}".format, self.headings, cells)), flush=True)

    def markdown(self) -> str:
        """The table for a README."""
        lines = [self.headings, ["---"] * len(self.headings), *self.rows]
        body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"### {self.title}\n\n{body}\n"


def write(out: Path, name: str, table: Table) -> None:
    """Keep a table beside those of other parts and renew ``table.md`` and ``plot.png``."""
    path = out / "tables.json"
    kept = json.loads(path.read_text()) if path.is_file() else {}
    kept[name] = {"title": table.title, "headings": table.headings, "rows": table.rows}
    path.write_text(json.dumps(kept, indent=1))
    tables = [Table(**one) for one in kept.values()]
    (out / "table.md").write_text("\n".join(one.markdown() for one in tables))
    if "scaling" in kept:
        _plot(Table(**kept["scaling"]), out / "plot.png")


def _plot(table: Table, path: Path) -> None:
    """Linear iterations and cost over size."""

    def column(name: str) -> list[float]:
        i = table.headings.index(name)
        return [float(row[i].replace(",", "")) for row in table.rows]

    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    sizes = column("all unknowns")
    left.semilogx(sizes, column("linear per Newton"), "o-", color="#0072B2")
    left.set(xlabel="unknowns", ylabel="linear per Newton iteration")
    right.semilogx(sizes, column("over Poisson, all"), "o-", color="#0072B2", label="all unknowns")
    right.semilogx(
        sizes, column("over Poisson, coupled"), "s--", color="#D55E00", label="coupled unknowns"
    )
    right.set(xlabel="unknowns", ylabel="cost per unknown over Poisson")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.set_ylim(0, 1.1 * axes.get_ylim()[1])
    figure.savefig(path, dpi=150)
    plt.close(figure)
