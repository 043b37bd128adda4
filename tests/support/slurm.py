"""A Slurm cluster of one node, which is this machine.

Everything it needs lies in one temporary folder, has ports of its own on the loopback device and
belongs to the present user. Processes are tracked by their group, no cgroups are used.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
PROGRAMS = (
    "munged",
    "mungekey",
    "slurmctld",
    "slurmd",
    "setpriv",
    "sbatch",
    "squeue",
    "scontrol",
    "scancel",
)

START = 30.0
"""s; in which every daemon must have started. They take one on an idle machine."""

CONFIGURATION = """
ClusterName=loopback
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
# what is requeued waits until its credential has expired, two minutes by default
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/node
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
SlurmdParameters=config_overrides
MpiDefault=none
KillWait=5
NodeName=node NodeHostname=node NodeAddr=127.0.0.1 Port={node} CPUs={cpus}
PartitionName=all Nodes=node Default=YES MaxTime=INFINITE State=UP
"""


class Unavailable(Exception):
    """No cluster can be started here, and why."""


@dataclass
class Cluster:
    """A running cluster.

    Attributes:
        cpus: That it says it has, whatever the machine has.
        folder: All that it writes.
    """

    cpus: int = 4
    folder: Path = field(init=False)
    _daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start all daemons and wait until the node is idle.

        Raises:
            Unavailable: Something is missing or does not start; nothing is left then.
        """
        missing = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
        if missing:
            raise Unavailable(f"there is no {', '.join(missing)}")
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.folder.chmod(0o755)  # munged wants its socket to be reached
        try:
            self._write_configuration()
            self._start_daemons()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every job and every daemon, and remove the folder."""
        # only a test that has failed leaves jobs
        with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
            if self._is_up() and (left := self.jobs()):
                self.call("scancel", *left)
                self.wait_for_all(15)
        for daemon in reversed(self._daemons):
            family = _children(daemon.pid)
            daemon.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(timeout=5)
            daemon.kill()
            for process in [*family, *self._strays()]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            daemon.wait(timeout=10)
        self._daemons.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which Slurm's commands find this cluster."""
        return {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": PATH}

    def call(self, *command: object, env: Mapping[str, str] | None = None) -> str:
        """Run one of Slurm's commands; what it says."""
        done = subprocess.run(
            [str(word) for word in command],
            env=os.environ | self.environment | dict(env or {}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = f"{command} ends with {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, f"{said}\n{self.report()}"
        return done.stdout.strip()

    def signal(self, job: str, number: int, step: str = "batch") -> None:
        """Signal the script of a job, as Slurm does for ``--signal=B:USR1``, or one of its steps.

        ``scancel`` may take the job for one in transition and ask again for a minute: what has gone
        back into the queue is signalled once more, or is over, and then ``scancel`` fails.
        """
        own = self.call("squeue", "--noheader", f"--jobs={job}", "--format=%A")
        keepers = [one for one in self._strays() if f"[{own}.{step}]" in _command_line(one)]
        assert keepers, f"job {job} has no step {step}\n{self.report()}"
        for task in keepers[0].children():
            task.send_signal(number)

    def jobs(self) -> dict[str, str]:
        """State of every job and task of an array that is not over, by its number."""
        lines = self.call("squeue", "--noheader", "--array", "--format=%i %T").splitlines()
        return dict(line.split(maxsplit=1) for line in lines)

    def wait(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        """Wait for something to happen; a test fails that waits too long."""
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not within {timeout:g} s\n{self.report()}")
            time.sleep(0.2)

    def wait_for_all(self, timeout: float) -> None:
        """Wait until no job is left."""
        self.wait(lambda: not self.jobs(), timeout, "the end of all jobs")

    def exit_code(self, job: object) -> str:
        """Exit code and signal of a job that is over, e.g. ``4:0``."""
        shown = self.call("scontrol", "--oneliner", "show", "job", job)
        return next(word for word in shown.split() if word.startswith("ExitCode="))[9:]

    def report(self) -> str:
        """The end of every daemon's log, and the queue."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text()[-6000:]}" for log in logs)

    # -- starting ----------------------------------------------------------------

    def _write_configuration(self) -> None:
        controller, node = free_ports(2)
        text = CONFIGURATION.format(
            controller=controller,
            node=node,
            cpus=self.cpus,
            user=getpass.getuser(),
            folder=self.folder,
        )
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=disabled\n")
        for name in ("state", "node"):
            (self.folder / name).mkdir()

    def _start_daemons(self) -> None:
        folder, conf = self.folder, self.folder / "slurm.conf"
        key = folder / "munge.key"
        self.call("mungekey", "--create", f"--keyfile={key}")
        files = {"pid-file": "munged.pid", "log-file": "munged.log", "seed-file": "munge.seed"}
        self._daemon(
            "munged",
            *("--foreground", f"--key-file={key}", f"--socket={folder / 'munge.socket'}"),
            *(f"--{option}={folder / name}" for option, name in files.items()),
        )
        self._until((folder / "munge.socket").is_socket, "munged")
        self._daemon("slurmctld", "-D", "-c", "-f", conf)
        self._daemon("slurmd", "-D", "-N", "node", "-f", conf)
        self._until(self._is_idle, "Slurm")

    def _daemon(self, name: str, *arguments: object) -> None:
        log = self.folder / f"{name}.out.log"
        with log.open("wb") as file:
            self._daemons.append(
                subprocess.Popen(
                    # should the tests be killed, nothing of it stays
                    ["setpriv", "--pdeathsig", "TERM", name, *map(str, arguments)],
                    env=os.environ | self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    process_group=0,
                )
            )

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + START
        while not condition():
            over = [daemon.args for daemon in self._daemons if daemon.poll() is not None]
            if over or time.monotonic() > end:
                raise Unavailable(f"{what} does not start\n{self.report()}")
            time.sleep(0.1)

    def _is_idle(self) -> bool:
        done = subprocess.run(
            ["sinfo", "--noheader", "--Node", "--format=%T"],
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout.split() == ["idle"]

    def _is_up(self) -> bool:
        return len(self._daemons) > 2 and all(one.poll() is None for one in self._daemons)

    def _strays(self) -> list[psutil.Process]:
        """What has left the daemons' families: jobs, and Slurm's keepers of their steps.

        Jobs have the folder among their variables, keepers a socket in it.
        """
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        if process.pid == os.getpid():
            return False
        try:
            if process.environ().get("SLURM_CONF", "").startswith(str(self.folder)):
                return True
            sockets = process.net_connections("unix") if "slurm" in process.name() else []
        except psutil.Error:
            return False
        return any(str(one.laddr).startswith(str(self.folder)) for one in sockets)


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _command_line(process: psutil.Process) -> str:
    """What a process was started with; nothing if it has ended meanwhile."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def free_ports(number: int) -> list[int]:
    """Ports on the loopback device that nobody uses now."""
    sockets = [socket.socket() for _ in range(number)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
