"""A run: the steps of a protocol on a cell, with everything that is recorded.

All methods are collective.
"""

from __future__ import annotations

import time as clock
from dataclasses import dataclass, field
from pathlib import Path

from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.build import Nominal, build
from fem_cell.case.model import Case
from fem_cell.cell import Cell
from fem_cell.errors import Interrupted, OutputError, SolverError
from fem_cell.geometry_script.build import MeshFile
from fem_cell.log import LOGGER
from fem_cell.mesh import read_cell_mesh
from fem_cell.output import checkpoint
from fem_cell.output.generations import Progress
from fem_cell.protocol import Step
from fem_cell.run.equilibrium import Equilibrium
from fem_cell.run.progress import ProgressBar
from fem_cell.run.protocol import (
    RUNAWAY,
    Start,
    already_met,
    estimated_duration,
    events_of,
    impose,
    last_time,
    time_limit_name,
)
from fem_cell.run.record import RunRecord
from fem_cell.run.recorder import Recorder
from fem_cell.run.snapshots import Schedule, crossings
from fem_cell.run.stopping import StopRequest
from fem_cell.run.summary import StepSummary, Summary
from fem_cell.solver.history import History
from fem_cell.solver.integrator import Integrator
from fem_cell.solver.linear import CondensedSolver
from fem_cell.solver.steps import Accepted
from fem_cell.solver.system import System

FIRST_STEP = 3e-4
"""First time step after a change of current, as a share of an hour at 1C over the rate."""

RECORD_EVERY = 5.0
"""Wall time between updates of run.json, s."""


@dataclass(slots=True)
class Simulation:
    """A case in the course of being run.

    Attributes:
        case: What is run.
        out: Results folder.
        mesh_file: The mesh.
        record: ``run.json``.
        stop: Requests to stop early.
        quiet: No progress bar.
    """

    case: Case
    out: Path
    mesh_file: MeshFile
    record: RunRecord
    stop: StopRequest
    quiet: bool = False
    cell: Cell = field(init=False)
    nominal: Nominal = field(init=False)
    system: System = field(init=False)
    integrator: Integrator = field(init=False)
    _summary: Summary = field(init=False)
    _recorder: Recorder = field(init=False)
    _bar: ProgressBar = field(init=False)
    _saved: float = field(default_factory=clock.monotonic)
    _recorded: float = 0.0
    _step: int = 0
    _start: Start = field(default_factory=lambda: Start(0.0, 0.0))
    _duration: float = 0.0
    _under_way: StepSummary = field(default_factory=lambda: StepSummary("", Start(0.0, 0.0)))
    _noted: float = 0.0
    _stop_reason: str | None = None
    _earlier: dict[str, int] = field(default_factory=dict)

    # -- set-up ---------------------------------------------------------------

    def set_up(self, comm: MPI.Comm) -> None:
        """Read the mesh, compose the cell, compile the system."""
        with self.record.stage("mesh"):
            mesh = read_cell_mesh(self.mesh_file.path, comm)
        with self.record.stage("compile"):
            info = self.mesh_file.info
            self.cell, self.nominal = build(
                self.case, mesh, float(info["footprint"]), info.get("grains", [])
            )
            self.system = System(self.cell)
            solver = CondensedSolver(self.system, self.case.solver.linear_solver)
        self._recorder = Recorder(self.case, self.out, self.system, self.nominal, self.record)
        settings, mechanics = self.case.solver, self._recorder.mechanics
        self.integrator = Integrator(
            self.system,
            self.system.create_state(),
            solver,
            settings.time_tolerance,
            settings.maximum_time_step,
            mechanics.feedback if mechanics else None,
        )
        self.system.store(self.integrator.state, None, 0.0)
        self._summary = Summary(self.out / "summary.json", self.nominal)
        self._bar = ProgressBar(self.quiet or comm.rank != 0)
        self._describe(solver)

    def _describe(self, solver: CondensedSolver) -> None:
        unknowns = self.system.count_unknowns()
        if mechanics := self._recorder.mechanics:
            unknowns["displacement"] = mechanics.elasticity.solver.matrix.getSize()[0]
        total = sum(unknowns.values())
        self.record.update(
            mesh={
                "cells": self.mesh_file.info["cells"],
                "vertices": self.mesh_file.info["nodes"],
                "fingerprint": self.mesh_file.fingerprint,
            },
            unknowns={"total": total, **unknowns},
            seed=self.case.geometry.values.get("seed", 0),
            linear_solver="direct" if solver.direct else "iterative",
        )
        self.record.write()
        coupled = self.system.matrix.getSize()[0]
        LOGGER.info(
            "%s unknowns (%s coupled, the rest inside particles), %s solver",
            f"{total:,}",
            f"{coupled:,}",
            "direct" if solver.direct else "iterative",
        )

    # -- the run ----------------------------------------------------------------

    def run(self, resume: bool) -> None:
        """Go through the protocol; raises what ends it early."""
        self._recorder.take_stock(self.integrator.state)
        if resume:
            history = self._resume()
        else:
            history = None
            self._recorder.begin(None, 0)
            self._summary.begin([])
            self._save(None)
        self.record.update(end_reason=self._summary.last_reason())
        for index in range(self._step, len(self.case.protocol)):
            self._run_step(index, history)
            history = None
        with self.record.stage("output"):
            self._save(None)

    def _resume(self) -> History | None:
        """Be where the checkpoint is; the course of the step that was under way."""
        state = self.integrator.state
        begin, history = checkpoint.restore(
            self.out / "checkpoint", self.system, state, self.mesh_file.fingerprint
        )
        self.integrator.time = self._noted = begin.time
        self._step, self._earlier = begin.step, begin.counters
        self._recorder.begin(begin.time, begin.rows)
        self._recorder.take_stock(state)
        self._summary.begin(begin.done)
        if history:
            self._start = Start(begin.step_time, begin.step_charge)
            self._duration = begin.duration
            last = (begin.time, begin.power) if begin.power is not None else None
            text = self.case.protocol[begin.step].text
            self._under_way = StepSummary(text, self._start, begin.energy, last)
        LOGGER.info("resumed at %.1f s in step %d", begin.time, begin.step + 1)
        return history

    def _run_step(self, index: int, history: History | None) -> None:
        """One step of the protocol; ``history`` is its course so far if it is resumed."""
        step = self.case.protocol[index]
        state = self.integrator.state
        self._step = index
        impose(step, self.cell.control, self.nominal)
        if history is None:
            self._start = Start(self.integrator.time, self.system.charge(state))
            self._under_way = StepSummary(step.text, self._start)
            self._duration = estimated_duration(step, self._start, self.system, self.nominal)
        self._bar.start(step.text)
        try:
            if history is None:
                self.integrator.make_consistent(self._duration)
                self._note(self.integrator.time, state)
            reason = self._integrate(step, history)
        except SolverError:
            self._abandon()
            raise
        finally:
            self._bar.stop()
        self._finish_step(step, reason)

    def _integrate(self, step: Step, history: History | None) -> str:
        """Advance to the end of the step; the reason of its end."""
        state = self.integrator.state
        stock = self._recorder.stock
        events = events_of(
            step,
            self._start,
            self.system,
            state,
            self.nominal,
            self.case.solver.voltage_event_tolerance,
            Equilibrium.of(self.cell, self._recorder.full, stock.lithium, stock.charge),
        )
        if history is None:
            self._write_fields(self.integrator.time, state)
        met = already_met(events, self.integrator.time, state)
        if met:
            return self._end_reason(met, step)
        schedule = Schedule.of_step(self._start.time, self._duration, self.case.output)
        schedule.due(self.integrator.time)

        def on_accepted(accepted: Accepted) -> bool:
            return self._accept(accepted, schedule)

        with self.record.stage("solve"):
            result = self.integrator.advance(
                last_time(step, self._start),
                events,
                FIRST_STEP * self._duration,
                on_accepted,
                history,
            )
        if result.reason == "stopped":
            self._interrupt()
        return self._end_reason(result.reason, step)

    def _end_reason(self, reason: str, step: Step) -> str:
        """Name of what ended a step; raises if the voltage has run away."""
        if reason == RUNAWAY:
            raise SolverError(
                f"the terminal is at {self.system.voltage(self.integrator.state):.4g} V at "
                f"{self.integrator.time:.6g} s: the cell cannot carry the current of "
                f"'{step.text}'; reduce it, or end the step with 'until ... V'"
            )
        return time_limit_name(step) if reason == "time" else reason

    def _accept(self, accepted: Accepted, schedule: Schedule) -> bool:
        """Record an accepted time step; whether to stop."""
        self._write_due(accepted, schedule)
        self.system.load(accepted.state)
        voltage = self._note(accepted.time, accepted.state)
        fraction = (accepted.time - self._start.time) / self._duration
        self._bar.show(
            fraction, accepted.time, accepted.step, 1.0 - self._recorder.stoichiometry(), voltage
        )
        if clock.monotonic() - self._recorded > RECORD_EVERY:
            self._recorded = clock.monotonic()
            self._count()
            self.record.write()
        return self._checkpoint_or_stop(accepted)

    def _write_due(self, accepted: Accepted, schedule: Schedule) -> None:
        """Write the snapshots that are due within a time step, and at its end."""
        output, times = self.case.output, schedule.due(accepted.time)
        if output.fields_at_stoichiometry:
            start = accepted.time - accepted.step
            before = self._recorder.stoichiometry()
            self._recorder.take_stock(accepted.state)
            now = self._recorder.stoichiometry()
            levels = output.fields_at_stoichiometry
            times += crossings(levels, (start, before), (accepted.time, now))
        every = output.fields_every_steps
        if every and self._counters()["accepted_steps"] % every == 0:
            times.append(accepted.time)
        for time in sorted(set(times)):
            self._write_fields(time, accepted.at(time) if time < accepted.time else accepted.state)

    def _note(self, time: float, state: PETSc.Vec) -> float:
        """Add a state to series, summary and balances; its voltage."""
        cycle = self.case.protocol[self._step].cycle
        current, voltage = self._recorder.note(
            time, state, self._step + 1, cycle, self._start.charge
        )
        self._under_way.add(time, current, voltage)
        self._noted = time
        return voltage

    def _checkpoint_or_stop(self, accepted: Accepted) -> bool:
        due = clock.monotonic() - self._saved > self.case.output.checkpoint_every
        if self.system.comm.bcast(due):
            self._save(self.integrator.history(), accepted.state)
        self._stop_reason = self.stop.reason()
        return self._stop_reason is not None

    # -- ends ----------------------------------------------------------------------

    def _finish_step(self, step: Step, reason: str) -> None:
        state = self.integrator.state
        self._write_fields(self.integrator.time, state)
        passed = self.system.charge(state) - self._start.charge
        result = self._summary.finish(self._under_way, self.integrator.time, passed, reason)
        LOGGER.info(
            "%s: ended by %s after %.1f s, %.3f mAh/cm2, %.1f mAh/g",
            step.text,
            reason,
            result["duration_s"],
            result["capacity_mAh_cm2"],
            result["capacity_mAh_g"],
        )
        self.record.update(end_reason=reason)
        self._step += 1
        self._start = Start(self.integrator.time, self.system.charge(state))
        self._count()
        self.record.write()

    def _interrupt(self) -> None:
        self._save(self.integrator.history())
        self._count()
        raise Interrupted(
            f"stopped by {self._stop_reason} at {self.integrator.time:.1f} s; go on with --resume"
        )

    def _abandon(self) -> None:
        """Keep the last good state, if it is in the series; else an older one stays."""
        history = self.integrator.history()
        try:
            if history is None or self._noted == self.integrator.time:
                self._save(history)
        except OutputError as error:
            LOGGER.warning("no new checkpoint: %s", error)
        self._count()
        if self.record.comm.rank == 0:
            LOGGER.error("the last good state is in %s", self.out / "checkpoint")

    def _save(self, history: History | None, state: PETSc.Vec | None = None) -> None:
        """Write a checkpoint; without a history, of the beginning of a step."""
        self._saved = clock.monotonic()
        energy, last = self._under_way.energy, self._under_way.last
        begun = self._step + (1 if history else 0)
        progress = Progress(
            time=self.integrator.time,
            step=self._step,
            step_time=self._start.time,
            step_charge=self._start.charge,
            duration=self._duration,
            energy=energy if history else 0.0,
            power=last[1] if history and last else None,
            rows=self._recorder.rows,
            fingerprint=self.mesh_file.fingerprint,
            protocol=[step.text for step in self.case.protocol[:begun]],
            done=self._summary.steps,
            times=[self.integrator.time],
            counters=self._counters(),
        )
        present = self.integrator.state if state is None else state
        checkpoint.save(self.out / "checkpoint", self.system, present, history, progress)

    def _write_fields(self, time: float, state: PETSc.Vec) -> None:
        self._recorder.write_fields(time, state, self._step + 1)

    def _counters(self) -> dict[str, int]:
        """Work done so far, that before a resumption included."""
        now = self.integrator.work_done()
        return {key: count + self._earlier.get(key, 0) for key, count in now.items()}

    def _count(self) -> None:
        self.record.update(
            **self._counters(),
            lithium_balance_error=self._recorder.inventory.lithium_error,
            charge_balance_error=self._recorder.inventory.charge_error,
        )
