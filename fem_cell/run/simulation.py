"""A run: the steps of a protocol on a cell, with everything that is recorded.

All methods are collective.
"""

from __future__ import annotations

import time as clock
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NoReturn

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.build import Nominal, build
from fem_cell.case.model import Case
from fem_cell.cell import Cell
from fem_cell.errors import Interrupted, SolverError
from fem_cell.geometry_script.build import MeshFile
from fem_cell.log import LOGGER
from fem_cell.mesh import read_cell_mesh
from fem_cell.output import checkpoint
from fem_cell.protocol import Step
from fem_cell.run.equilibrium import Equilibrium
from fem_cell.run.experiments import Experiments
from fem_cell.run.impedance import Impedance
from fem_cell.run.progress import ProgressBar
from fem_cell.run.protocol import (
    RUNAWAY,
    Start,
    already_met,
    estimated_duration,
    events_of,
    impose,
    last_time,
    next_index,
    time_limit_name,
)
from fem_cell.run.record import RunRecord
from fem_cell.run.recorder import Recorder
from fem_cell.run.snapshots import Schedule
from fem_cell.run.stopping import StopRequest
from fem_cell.run.summary import StepSummary, Summary
from fem_cell.run.sweep import Ramp
from fem_cell.solver.integrator import Integrator
from fem_cell.solver.linear import CondensedSolver
from fem_cell.solver.steps import Accepted
from fem_cell.solver.system import System

FIRST_STEP = 3e-4
"""First time step after a change of current, as a share of an hour at 1C over the rate."""

MEASURED = "measurement"
"""Why a step ends that takes no time."""

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
    _impedance: Impedance = field(init=False)
    _experiments: Experiments = field(init=False)
    _bar: ProgressBar = field(init=False)
    _saved: float = field(default_factory=clock.monotonic)
    _recorded: float = 0.0
    _step: int = 0
    _start: Start = field(default_factory=lambda: Start(0.0, 0.0))
    _last: tuple[float, list[float]] = (0.0, [])
    _ramp: Ramp | None = None
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
        parts = self._recorder.losses.names
        self._summary = Summary(self.out / "summary.json", self.nominal, parts)
        self._impedance = Impedance(self.out, self.integrator, self._recorder, self.nominal)
        self._experiments = Experiments.of(self.out, self.case.protocol, self.cell, self.nominal)
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
        self._recorder.start(self.integrator.state)
        begin = self._resume() if resume else None
        self._recorder.begin(begin.time if begin else None)
        self._summary.begin(begin.step if begin else 0)
        self._impedance.begin(begin.step if begin else 0)
        self.record.update(end_reason=self._summary.last_reason())
        index = begin.step if begin else 0
        while index < len(self.case.protocol):
            index, begin = self._run_step(index, begin), None
        with self.record.stage("output"):
            self._save(0.0)

    def _resume(self) -> checkpoint.Progress:
        state = self.integrator.state
        begin = checkpoint.restore(
            self.out / "checkpoint", self.system, state, self.mesh_file.fingerprint
        )
        self.integrator.time = begin.time
        self._earlier = begin.counters
        self.system.load(state)
        self._recorder.start(state)
        LOGGER.info("resumed at %.1f s in step %d", begin.time, begin.step + 1)
        return begin

    def _run_step(self, index: int, begin: checkpoint.Progress | None) -> int:
        """Run a step; the index of the next one."""
        step = self.case.protocol[index]
        state = self.integrator.state
        self._step = index
        self._start = Start(self.integrator.time, self.system.charge(state))
        if begin:
            self._start = Start(begin.step_time, begin.step_charge)
        parts = self._recorder.losses.names.all
        energies = np.zeros(len(parts))
        if begin and begin.step_energies:
            energies += begin.step_energies
        summary = StepSummary(step.text, self._start, index + 1, step.cycle, energies)
        if step.kind == "impedance":
            return self._measure(step, summary)
        self._impose(step)
        duration = estimated_duration(step, self._start, self.system, self.nominal, self._ramp)
        self._bar.start(step.text)
        try:
            self.integrator.make_consistent(duration)
            reason = self._integrate(step, summary, duration, begin)
        except SolverError as error:
            self._abandon(str(error))
            raise
        finally:
            self._bar.stop()
        return self._finish_step(step, summary, reason)

    def _impose(self, step: Step) -> None:
        """Make the terminal impose what a step asks for, now or as time goes on."""
        control, integrator = self.cell.control, self.integrator
        impose(step, control, self.nominal)
        self._ramp = Ramp.of(step, integrator.time, self.system.voltage(integrator.state))
        integrator.max_step = self.case.solver.maximum_time_step
        integrator.drive = None
        if self._ramp:
            longest = self._ramp.longest_step
            integrator.max_step = min(integrator.max_step or longest, longest)
            integrator.drive = partial(self._ramp.drive, control)

    def _measure(self, step: Step, summary: StepSummary) -> int:
        """Measure the impedance at the present state; no time passes. Index of the next step."""
        soc, voltage = self._recorder.state_of_charge(), self.system.voltage(self.integrator.state)

        def proceed(share: float) -> bool:
            self._bar.show(share, self.integrator.time, 0.0, soc, voltage)
            self._stop_reason = self.stop.reason()
            return self._stop_reason is None

        self._bar.start(step.text)
        try:
            with self.record.stage("impedance"):
                found = self._impedance.measure(step, self._step + 1, proceed)
        except SolverError as error:
            self._abandon(str(error))
            raise
        except Interrupted:
            self._interrupt()
        finally:
            self._bar.stop()
        self.record.update(end_reason=MEASURED, impedance=self._impedance.totals())
        self._summary.finish(summary, self.integrator.time, 0.0, MEASURED, impedance=found)
        return self._close_step(step, MEASURED)

    def _integrate(
        self,
        step: Step,
        summary: StepSummary,
        duration: float,
        begin: checkpoint.Progress | None,
    ) -> str:
        """Advance to the end of the step; the reason of its end."""
        state = self.integrator.state
        self._note(summary, self.integrator.time, state)
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
        events += self._recorder.layers.events()
        if not begin:
            self._write_fields(self.integrator.time, state)
        end = last_time(step, self._start, self._ramp)
        met = already_met(events, self.integrator.time, state)
        if not met and end is not None and self.integrator.time >= end:
            met = "time"
        if met:
            return self._end_reason(met, step)
        output = self.case.output
        schedule = Schedule.of_step(
            self._start.time, duration, output.snapshots, output.fields_every, output.fields_at
        )
        schedule.due(self.integrator.time)

        def on_accepted(accepted: Accepted) -> bool:
            return self._accept(accepted, summary, schedule, duration)

        first = begin.next_step if begin else FIRST_STEP * duration
        with self.record.stage("solve"):
            result = self.integrator.advance(
                end,
                events,
                first,
                on_accepted,
                settling=0.0 if begin else None,
            )
        if result.reason == "stopped":
            self._interrupt()
        return self._end_reason(result.reason, step)

    def _end_reason(self, reason: str, step: Step) -> str:
        """Name of what ended a step; raises if it is something no cell can do."""
        if reason == RUNAWAY:
            raise SolverError(
                f"the terminal is at {self.system.voltage(self.integrator.state):.4g} V at "
                f"{self.integrator.time:.6g} s: the cell cannot carry the current of "
                f"'{step.text}'; reduce it, or end the step with 'until ... V'"
            )
        if why := self._recorder.layers.why(reason, self.integrator.state):
            raise SolverError(f"at {self.integrator.time:.6g} s in '{step.text}': {why}")
        return time_limit_name(step, self._start, self._ramp) if reason == "time" else reason

    def _accept(
        self, accepted: Accepted, summary: StepSummary, schedule: Schedule, duration: float
    ) -> bool:
        """Record an accepted time step; whether to stop."""
        for time in schedule.due(accepted.time):
            self._write_fields(time, accepted.at(time))
        self.system.load(accepted.state)
        voltage = self._note(summary, accepted.time, accepted.state)
        fraction = (accepted.time - self._start.time) / duration
        self._bar.show(
            fraction, accepted.time, accepted.step, self._recorder.state_of_charge(), voltage
        )
        if clock.monotonic() - self._recorded > RECORD_EVERY:
            self._recorded = clock.monotonic()
            self._count()
            self.record.write()
        return self._checkpoint_or_stop(accepted, summary)

    def _note(self, summary: StepSummary, time: float, state: PETSc.Vec) -> float:
        """Add a state to series, summary and balances; its voltage."""
        cycle = self.case.protocol[self._step].cycle
        noted = self._recorder.note(time, state, self._step + 1, cycle, self._start.charge)
        summary.add(time, noted.powers)
        return noted.voltage

    def _checkpoint_or_stop(self, accepted: Accepted, summary: StepSummary) -> bool:
        self._last = (accepted.step, summary.energies.tolist())
        due = clock.monotonic() - self._saved > self.case.output.checkpoint_every
        if self.integrator.system.comm.bcast(due):
            self._save_state(accepted.time, accepted.state)
        self._stop_reason = self.stop.reason()
        return self._stop_reason is not None

    # -- ends ----------------------------------------------------------------------

    def _finish_step(self, step: Step, summary: StepSummary, reason: str) -> int:
        """Close a step; the index of the next one."""
        state = self.integrator.state
        self._write_fields(self.integrator.time, state)
        passed = self.system.charge(state) - self._start.charge
        result = self._summary.finish(summary, self.integrator.time, passed, reason)
        LOGGER.info(
            "%s: ended by %s after %.1f s, %.3f mAh/cm2, %.1f mAh/g",
            step.text,
            reason,
            result["duration_s"],
            result["capacity_mAh_cm2"],
            result["capacity_mAh_g"],
        )
        self.record.update(end_reason=reason)
        return self._close_step(step, reason)

    def _close_step(self, step: Step, reason: str) -> int:
        """The next step counts from here; its index."""
        with self.record.stage("output"):
            self._experiments.finished(step, self._summary.steps)
        self._step = next_index(step, self._step, reason)
        self._start = Start(self.integrator.time, self.system.charge(self.integrator.state))
        self._last = (0.0, [])
        self._count()
        self.record.write()
        return self._step

    def _interrupt(self) -> NoReturn:
        self._save(self._last[0])
        self._count()
        raise Interrupted(
            f"stopped by {self._stop_reason} at {self.integrator.time:.1f} s; go on with --resume"
        )

    def _abandon(self, why: str) -> None:
        """Keep the last good state."""
        self._save(self._last[0])
        self._count()
        if self.record.comm.rank == 0:
            LOGGER.error("the last good state is in %s", self.out / "checkpoint")

    def _save(self, next_step: float) -> None:
        self._last = (next_step, self._last[1])
        self._save_state(self.integrator.time, self.integrator.state)

    def _save_state(self, time: float, state: PETSc.Vec) -> None:
        self._saved = clock.monotonic()
        progress = checkpoint.Progress(
            time=time,
            step=self._step,
            step_time=self._start.time,
            step_charge=self._start.charge,
            step_energies=self._last[1],
            charge=self.system.charge(state),
            next_step=self._last[0],
            fingerprint=self.mesh_file.fingerprint,
            counters=self._counters(),
        )
        checkpoint.save(self.out / "checkpoint", self.system, state, progress)

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
            energy_balance_error=self._summary.energy_error(),
        )
