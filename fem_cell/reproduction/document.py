"""A report as sections, written as plain text and as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fem_cell.sweep.table import columns_of, show

_WIDTH = 110


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report.

    Attributes:
        title: Heading.
        titles: Title of every column of the table, by key.
        table: Rows; may be empty.
        paragraphs: What is said below the table.
        pictures: File names relative to the report, with their captions.
    """

    title: str
    titles: Mapping[str, str] = field(default_factory=dict)
    table: Sequence[Mapping[str, object]] = ()
    paragraphs: Sequence[str] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)


def as_text(title: str, sections: Sequence[Section]) -> str:
    """The report for a terminal."""
    blocks = [f"{title}\n{'=' * len(title)}"]
    for section in sections:
        blocks.append(f"{section.title}\n{'-' * len(section.title)}")
        if section.table:
            blocks.append(columns_of(section.titles, [dict(row) for row in section.table]))
        blocks += [textwrap.fill(paragraph, _WIDTH) for paragraph in section.paragraphs]
        blocks += [f"{name}: {caption}" for name, caption in section.pictures.items()]
    return "\n\n".join(blocks) + "\n"


def as_markdown(title: str, sections: Sequence[Section]) -> str:
    """The report as Markdown."""
    blocks = [f"# {title}"]
    for section in sections:
        blocks.append(f"## {section.title}")
        if section.table:
            blocks.append(_markdown_table(section))
        blocks += section.paragraphs
        blocks += [f"![{caption}]({name})\n\n*{caption}*" for name, caption in
                   section.pictures.items()]  # fmt: skip
    return "\n\n".join(blocks) + "\n"


def _markdown_table(section: Section) -> str:
    lines = [list(section.titles.values()), ["---"] * len(section.titles)]
    # a name such as Li | LPSCl | Li must not end its cell
    lines += [
        [show(row.get(key)).replace("|", r"\|") for key in section.titles] for row in section.table
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
