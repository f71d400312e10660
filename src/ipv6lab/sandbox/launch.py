"""Starting the launcher, and saying why it did not come up."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipv6lab import image
from ipv6lab.kernel import finished as kernels
from ipv6lab.kernel import rootfs
from ipv6lab.platform import cgroups, directories
from ipv6lab.sandbox import choice, kernel_names, labkernel, launcher, ranges, scratch
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import _

# Seconds for a sandbox to end by itself; then its launcher is killed. A lab kernel's launcher is
# the one that ends it in order.
PATIENCE = 0.5
LAB_PATIENCE = 10.0
PROCESSES = 2000  # of one sandbox: a fork bomb ends there
SPARE = 50  # processes of ours beside the sandbox's
MEGABYTES = 512  # the most that the sandbox's own files may take in memory
# MiB of a lab kernel: for itself, the agent and a grading, and for each node with its services
# (FRR's daemons take 42 on a router). What is never touched costs 1/64 of itself.
MEMORY, MEMORY_OF_NODE = 128, 32
SOME_NODES = 12  # where nobody knows how many there will be


@dataclass(eq=False)
class Launched:
    """A sandbox on its way: the stream's ends, and the process that dies with this one.

    The stream begins with the engine's archive; who holds it writes that first.
    """

    process: subprocess.Popen[bytes]
    reader: int
    writer: int
    log: Path
    id_lock: int | None
    scratch: Path | None
    gone: int | None = None  # reads as ended when the last process of a lab kernel has ended
    group: cgroups.Group | None = None
    bounded: bool = False  # its memory and CPU

    def explain(self) -> LabError:
        """Why there is no agent. Waits for the launcher's end."""
        status = self.process.wait()
        try:
            told = self.log.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            told = ""
        if status in (launcher.REFUSED, launcher.BUSY):
            reason = told.rpartition("refused: ")[2].splitlines()[0] if told else "?"
            if status == launcher.BUSY:
                return Unsupported(
                    _(
                        "This machine has no room for one more lab ({reason}); end another with "
                        "'ipv6lab stop', or try again in a moment.",
                        reason=reason,
                    )
                )
            return Unsupported(
                _(
                    "This machine refuses a sandbox ({reason}); ipv6lab doctor says what mends it.",
                    reason=reason,
                )
            )
        return LabError(
            _(
                "The sandbox ended while it started; {log} says why: {last}",
                log=str(self.log),
                last=told.splitlines()[-1] if told else "",
            )
        )

    def end(self) -> None:
        """End the sandbox: the kernel removes all that was in it. Returns when it is gone."""
        with contextlib.suppress(OSError):
            os.close(self.writer)  # the agent ends at the end of its input
        try:
            self.process.wait(PATIENCE if self.gone is None else LAB_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.gone is not None:
            select.select([self.gone], [], [], LAB_PATIENCE)
            os.close(self.gone)
            self.gone = None
        with contextlib.suppress(OSError):
            os.close(self.reader)
        if self.id_lock is not None:
            os.close(self.id_lock)
            self.id_lock = None
        if self.scratch is not None:
            scratch.remove(self.scratch)
        if self.group is not None:
            self.group.remove()
            self.group = None


def memory_for(nodes: int) -> int:
    """The MiB that a lab kernel gets for so many nodes.

    >>> memory_for(6)
    320
    """
    return MEMORY + MEMORY_OF_NODE * nodes


def launch(name: str, kernel: str | None = None, nodes: int = SOME_NODES) -> Launched:
    """Start a sandbox for so many nodes; ``name`` names its log.

    ``kernel`` says which one it runs on, as `choice.choose` takes it. Raises Unsupported when there
    is no image, no kernel for it, or nothing left of what a sandbox needs.
    """
    found = image.find()
    kernel = choice.choose(wanted=kernel).kernel
    runtime = directories.runtime()
    program = launcher.__file__
    spec: dict[str, Any] = {"processes": PROCESSES}
    if kernel == kernel_names.LAB:
        program = labkernel.__file__
        spec["kernel"] = str(kernels.find().file)
        disks = rootfs.make(found)
        spec["root"] = str(disks.root)
        spec["skeleton"] = str(disks.skeleton)
        memory = spec["memory"] = memory_for(nodes)
        # A forked process takes a third of a MiB there; memory that ends in the middle of a fork
        # would end the lab kernel, and not the fork bomb alone.
        spec["processes"] = min(PROCESSES, 2 * memory)
        spec["pinning"] = str(runtime / "pinning.lock")
        # Root's becomes another user, who cannot enter it.
        spec["cache"] = str(directories.cache() / "memory") if os.getuid() else None
    else:
        spec["image"] = str(found.root)
        spec["skeleton"] = str(found.skeleton)
        spec["megabytes"] = MEGABYTES
    held = None if kernel == kernel_names.LAB else image.hold(found)
    spec["held"] = held
    first_id, id_lock = None, None
    if os.getuid() == 0:
        first_id, id_lock = ranges.claim(directories.shared() / "ranges.lock")
    elif kernel == kernel_names.HOST:
        spec["blocks"], id_lock = ranges.claim_blocks(directories.shared() / "ids.lock", nodes)
    on_disk = scratch.claim(first_id) if kernel == kernel_names.HOST else None
    spec["first_id"] = first_id
    spec["scratch"] = str(on_disk) if on_disk else None
    bounds = cgroups.bounds(nodes, spec["processes"] + SPARE)
    group = cgroups.make(name, bounds)
    before = [] if group else cgroups.scope(bounds)
    spec["groups"] = group.entrances if group else []
    gone, last = os.pipe() if kernel == kernel_names.LAB else (None, None)
    inside_input, writer = os.pipe()
    reader, inside_output = os.pipe()
    log = runtime / f"{name}.log"
    with open(log, "wb") as errors:
        process = subprocess.Popen(
            [*before, sys.executable, "-S", program, json.dumps(spec)],
            stdin=inside_input,
            stdout=inside_output,
            stderr=errors,
            env={**os.environ, **launcher.environment()},
            pass_fds=[fd for fd in (last, held) if fd is not None],
            start_new_session=True,
        )
    for fd in (inside_input, inside_output, last, held):
        if fd is not None:
            os.close(fd)
    # The lab kernel's memory is what it was given, and it has one CPU.
    bounded = bool(group or before) or kernel == kernel_names.LAB
    return Launched(process, reader, writer, log, id_lock, on_disk, gone, group, bounded)
