"""A place for container engines, made from the launcher's root filesystem by enclosure.sh."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.support.program import ROOT, Finished

SCRIPT = Path(__file__).with_name("enclosure.sh")

SPACE = 15e9
"""Bytes on disk: a root filesystem of 4 GB, as archive, as image and as an engine's copy."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """Namespaces in which commands run, see enclosure.sh.

    Attributes:
        folder: Belongs to them; ``tree`` in it is the bare root filesystem, ``files`` a place
            for images, which is seen only inside.
        pid: A process inside.
        namespaces: Options of nsenter.
        env: Variables of the commands.
    """

    folder: Path
    pid: int
    namespaces: tuple[str, ...]
    env: dict[str, str]

    def call(self, *command: object, timeout: float = 120.0, code: int | None = 0) -> Finished:
        """Run a command in the repository; it must end with ``code``, unless that is None."""
        enter = ["nsenter", "--target", str(self.pid), *self.namespaces, f"--wdns={ROOT}"]
        done = subprocess.run(
            [*enter, *map(str, command)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=os.environ | self.env,
        )
        if code is not None:
            said = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
            assert done.returncode == code, f"{' '.join(map(str, command))}\n{said}"
        return done


def skip_unless_possible(folder: Path, *programs: str) -> None:
    """Skip with a reason where no root filesystem can be put into containers."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program}")
    if os.geteuid() != 0:
        pytest.skip("only root may make these namespaces in the launcher's root filesystem")
    if not in_launcher():
        pytest.skip("not in the root filesystem of container/fem-cell, which is the base image")
    if shutil.disk_usage(folder).free < SPACE:
        pytest.skip(f"{folder} has less than {SPACE / 1e9:g} GB free")


def in_launcher() -> bool:
    """Whether the root folder is a root filesystem that the launcher has built."""
    mounts = (line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines())
    return any(mount[4] == "/" and "/rootfs-" in mount[3] for mount in mounts)


@contextmanager
def enclosure(folder: Path, *, user: bool = False) -> Iterator[Enclosure]:
    """Make namespaces for the time of a block; skip with a reason where that is forbidden.

    Args:
        folder: Empty, removed afterwards.
        user: With a namespace of users.
    """
    # ends with this process, however that ends
    command = ["setpriv", "--pdeathsig=KILL"]
    command += ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation=private"]
    command += [str(SCRIPT), str(folder), *(["user"] if user else [])]
    holder = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        while not (folder / "ready").exists():
            if holder.poll() is not None:
                _, said = holder.communicate()
                pytest.skip(f"this machine does not allow the namespaces: {said.strip()}")
            time.sleep(0.05)
        inside = psutil.Process(holder.pid).children(recursive=True)[-1]
        kinds = ("--mount", "--pid", *(("--user",) if user else ()))
        env = {"TMPDIR": str(folder), "HOME": str(folder)}
        yield Enclosure(folder, inside.pid, kinds, env)
    finally:
        family = psutil.Process(holder.pid).children(recursive=True)
        holder.kill()  # the others follow, and with the last one all mounts
        holder.wait()
        psutil.wait_procs(family, timeout=30)
        subprocess.run(["rm", "-rf", "--", folder], check=True)  # faster than Python
