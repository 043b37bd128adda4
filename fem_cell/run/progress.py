"""The progress bar of a run: simulated time, charge, voltage, time step, time left."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from fem_cell.log import LOGGER, on_terminal

LINES_PER_STEP = 10
"""Without a terminal: how many lines a protocol step may write."""


@dataclass(slots=True)
class ProgressBar:
    """Shows how far a protocol step is; only rank 0 makes one.

    Attributes:
        quiet: Show nothing.
    """

    quiet: bool
    _bar: Progress | None = None
    _task: TaskID | None = None
    _text: str = ""
    _shown: int = -1
    _since: float = field(default_factory=clock.monotonic)

    def start(self, text: str) -> None:
        """A protocol step begins."""
        self.stop()
        self._text, self._shown, self._since = text, -1, clock.monotonic()
        if self.quiet or not on_terminal():
            return
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:3.0f} %  {task.fields[state]}"),
            TimeRemainingColumn(),
            console=Console(),
            transient=True,
        )
        self._task = self._bar.add_task(text, total=1.0, state="")
        self._bar.start()

    def show(self, fraction: float, time: float, step: float, soc: float, voltage: float) -> None:
        """An accepted time step.

        Args:
            fraction: Share of the step's longest possible duration that is over.
            time: Simulated time, s.
            step: Time step, s.
            soc: State of charge, 0 to 1; nan without active material.
            voltage: V.
        """
        charge = f"SOC {soc:6.1%}  " if soc == soc else ""
        state = f"t {time:9.1f} s  {charge}{voltage:7.4f} V  dt {step:8.3g} s"
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=min(fraction, 1.0), state=state)
            return
        tenth = int(fraction * LINES_PER_STEP)
        if self.quiet or tenth <= self._shown:
            return
        self._shown = tenth
        passed = clock.monotonic() - self._since
        left = ""
        if fraction > 0:
            left = f"  at most {passed / fraction * max(1 - fraction, 0.0):.0f} s left"
        LOGGER.info("%s: %3.0f %%  %s%s", self._text, 100 * fraction, state, left)

    def stop(self) -> None:
        """The protocol step is over."""
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None
