"""A run: the steps of a protocol on a cell, with everything that is recorded.

All methods are collective.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NoReturn

from mpi4py import MPI
from petsc4py import PETSc

from fem_cell.build import Nominal, build
from fem_cell.case.model import Case
from fem_cell.cell import Cell
from fem_cell.errors import Interrupted, SolverError
from fem_cell.geometry_script.build import MeshFile
from fem_cell.log import LOGGER
from fem_cell.mesh import read_cell_mesh
from fem_cell.parallel import agree_on, on_root
from fem_cell.protocol import Step
from fem_cell.run.describe import describe
from fem_cell.run.equilibrium import Equilibrium
from fem_cell.run.experiments import Experiments
from fem_cell.run.impedance import Impedance
from fem_cell.run.keeper import Keeper
from fem_cell.run.position import Position
from fem_cell.run.progress import ProgressBar
from fem_cell.run.protocol import (
    RUNAWAY,
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
from fem_cell.run.snapshots import Schedule, crossings
from fem_cell.run.stopping import StopRequest
from fem_cell.run.summary import Summary
from fem_cell.run.sweep import Ramp
from fem_cell.solver.history import History
from fem_cell.solver.integrator import Integrator
from fem_cell.solver.linear import CondensedSolver
from fem_cell.solver.steps import Accepted
from fem_cell.solver.system import System

FIRST_STEP = 3e-4
"""First time step after a change of current, as a share of an hour at 1C over the rate."""

MEASURED = "measurement"
"""Why a step ends that takes no time."""


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
    _keeper: Keeper = field(init=False)
    _at: Position = field(init=False)
    _ramp: Ramp | None = None
    _stop_reason: str | None = None

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
        self._keeper = Keeper(
            self.out / "checkpoint",
            self.mesh_file.fingerprint,
            self.integrator,
            self._recorder,
            self._summary,
            self.record,
        )
        self._bar = ProgressBar(self.quiet or comm.rank != 0)
        describe(self.record, self.case, self.mesh_file, self.system, solver, mechanics)

    # -- the run ----------------------------------------------------------------

    def run(self, resume: bool) -> None:
        """Go through the protocol; raises what ends it early."""
        self._recorder.take_stock(self.integrator.state)
        history = None
        if resume:
            history = self._resume()
        else:
            self._begin()
        self.record.update(end_reason=self._summary.last_reason())
        self._keeper.count()
        while not self._at.is_over:
            self._run_step(history)
            history = None
        self._recorder.close()
        with self.record.stage("output"):
            self._keeper.save(self._at, None)

    def _begin(self) -> None:
        """Start all files; a run can be resumed from here on."""
        self._recorder.begin(None, 0)
        self._summary.begin([])
        self._impedance.begin(0)
        self._start_step(0)
        self._keeper.save(self._at, None)

    def _resume(self) -> History | None:
        """Be where the checkpoint is; the course of the step that was under way."""
        begin, history = self._keeper.restore()
        self._recorder.begin(begin.time, begin.rows)
        self._recorder.take_stock(self.integrator.state)
        self._summary.begin(begin.done)
        self._impedance.begin(begin.step)
        self._start_step(begin.step)
        if history:
            self._at.take_up(begin)
        LOGGER.info("resumed at %.1f s in step %d", begin.time, begin.step + 1)
        return history

    def _start_step(self, index: int) -> None:
        """A step of the protocol starts from the present state."""
        self.integrator.forget()
        time, state = self.integrator.time, self.integrator.state
        parts = len(self._recorder.losses.names.all)
        self._at = Position.at(self.case.protocol, index, time, self.system, state, parts)

    def _run_step(self, history: History | None) -> None:
        """Run the present step and go to the next; ``history`` is its course if it is resumed."""
        step = self._at.step
        if step.kind == "impedance":
            self._measure(step)
            return
        self._impose(step)
        if history is None:
            self._at.duration = estimated_duration(
                step, self._at.start, self.system, self.nominal, self._ramp
            )
        self._bar.start(step.text)
        try:
            if history is None:
                self.integrator.make_consistent(self._at.duration)
                self._note(self.integrator.time, self.integrator.state)
            reason = self._integrate(step, history)
        except SolverError as error:
            self._abandon(error)
            raise
        finally:
            self._bar.stop()
        self._finish_step(step, reason)

    def _impose(self, step: Step) -> None:
        """Make the terminal impose what a step asks for, now or as time goes on."""
        control, integrator = self.cell.control, self.integrator
        impose(step, control, self.nominal)
        self._ramp = Ramp.of(step, self._at.start.time, self._at.voltage)
        integrator.max_step = self.case.solver.maximum_time_step
        integrator.drive = None
        if self._ramp:
            longest = self._ramp.longest_step
            integrator.max_step = min(integrator.max_step or longest, longest)
            integrator.drive = partial(self._ramp.drive, control)

    def _measure(self, step: Step) -> None:
        """Measure the impedance at the present state; no time passes."""
        soc, voltage = 1.0 - self._recorder.stoichiometry(), self._at.voltage

        def proceed(share: float) -> bool:
            self._bar.show(share, self.integrator.time, 0.0, soc, voltage)
            self._stop_reason = self.stop.reason()
            return self._stop_reason is None

        self._bar.start(step.text)
        try:
            with self.record.stage("impedance"):
                found = self._impedance.measure(step, self._at.index + 1, proceed)
        except SolverError as error:
            self._abandon(error)
            raise
        except Interrupted:
            self._interrupt()
        finally:
            self._bar.stop()
        self.record.update(end_reason=MEASURED, impedance=self._impedance.totals())
        time = self.integrator.time
        self._summary.finish(self._at.gathered, time, 0.0, MEASURED, impedance=found)
        self._close_step(step, MEASURED)

    def _integrate(self, step: Step, history: History | None) -> str:
        """Advance to the end of the step; the reason of its end."""
        state = self.integrator.state
        stock = self._recorder.stock
        events = events_of(
            step,
            self._at.start,
            self.system,
            state,
            self.nominal,
            self.case.solver.voltage_event_tolerance,
            Equilibrium.of(self.cell, self._recorder.full, stock.lithium, stock.charge),
        )
        events += self._recorder.layers.events()
        if history is None:
            self._write_fields(self.integrator.time, state)
        end = last_time(step, self._at.start, self._ramp)
        met = already_met(events, self.integrator.time, state)
        if not met and end is not None and self.integrator.time >= end:
            met = "time"
        if met:
            return self._end_reason(met, step)
        schedule = Schedule.of_step(self._at.start.time, self._at.duration, self.case.output)
        schedule.due(self.integrator.time)

        def on_accepted(accepted: Accepted) -> bool:
            return self._accept(accepted, schedule)

        with self.record.stage("solve"):
            result = self.integrator.advance(
                end,
                events,
                FIRST_STEP * self._at.duration,
                on_accepted,
                history,
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
        return time_limit_name(step, self._at.start, self._ramp) if reason == "time" else reason

    def _accept(self, accepted: Accepted, schedule: Schedule) -> bool:
        """Record an accepted time step; whether to stop."""
        self._write_due(accepted, schedule)
        self.system.load(accepted.state)
        voltage = self._note(accepted.time, accepted.state)
        fraction = (accepted.time - self._at.start.time) / self._at.duration
        self._bar.show(
            fraction, accepted.time, accepted.step, 1.0 - self._recorder.stoichiometry(), voltage
        )
        self._keeper.refresh()
        self._keeper.save_if_due(self._at, self.case.output.checkpoint_every, accepted.state)
        self._stop_reason = self.stop.reason()
        return self._stop_reason is not None

    def _write_due(self, accepted: Accepted, schedule: Schedule) -> None:
        """Write the snapshots that are due within a time step, and at its end."""
        output, times = self.case.output, schedule.due(accepted.time)
        if levels := output.fields_at_stoichiometry:
            before = self._recorder.stoichiometry()
            self._recorder.take_stock(accepted.state)
            now = self._recorder.stoichiometry()
            start = accepted.time - accepted.step
            times += crossings(levels, (start, before), (accepted.time, now))
        every = output.fields_every_steps
        if every and self._keeper.counters()["accepted_steps"] % every == 0:
            times.append(accepted.time)
        for time in sorted(set(times)):
            self._write_fields(time, accepted.at(time) if time < accepted.time else accepted.state)

    def _note(self, time: float, state: PETSc.Vec) -> float:
        """Add a state to series, summary and balances; its voltage."""
        cycle = self._at.step.cycle
        noted = self._recorder.note(time, state, self._at.index + 1, cycle, self._at.start.charge)
        self._at.gathered.add(time, noted.powers)
        self._keeper.noted = time
        return noted.voltage

    # -- ends ----------------------------------------------------------------------

    def _finish_step(self, step: Step, reason: str) -> None:
        state = self.integrator.state
        self._write_fields(self.integrator.time, state)
        passed = self.system.charge(state) - self._at.start.charge
        result = self._summary.finish(self._at.gathered, self.integrator.time, passed, reason)
        LOGGER.info(
            "%s: ended by %s after %.1f s, %.3f mAh/cm2, %.1f mAh/g",
            step.text,
            reason,
            result["duration_s"],
            result["capacity_mAh_cm2"],
            result["capacity_mAh_g"],
        )
        self.record.update(end_reason=reason)
        self._close_step(step, reason)

    def _close_step(self, step: Step, reason: str) -> None:
        """Go to the next step, which counts from here."""
        done = self._summary.steps
        with self.record.stage("output"):
            on_root(self.system.comm, lambda: self._experiments.finished(step, done))
        self._start_step(next_index(step, self._at.index, reason))
        self._keeper.count()
        self.record.write()

    def _interrupt(self) -> NoReturn:
        self._recorder.close()
        self._keeper.save(self._at, self.integrator.history())
        self._keeper.count()
        raise Interrupted(
            f"stopped by {self._stop_reason} at {self.integrator.time:.1f} s; go on with --resume"
        )

    def _abandon(self, error: SolverError) -> None:
        """Keep what was reached, if all ranks have come to the error."""
        agree_on(error)
        self._recorder.close()
        self._keeper.abandon(self._at)

    def _write_fields(self, time: float, state: PETSc.Vec) -> None:
        self._recorder.write_fields(time, state, self._at.index + 1)
