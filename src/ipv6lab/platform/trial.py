"""Tries operations in a throw-away sandbox: ``python -m ipv6lab.platform.trial NAME…``.

A process of its own, because what becomes a sandbox cannot come back from it. It makes the
namespaces with the very code that makes a lab's, and prints one JSON object: ``refused`` (null,
or why there is no sandbox at all), ``results`` (operation to null, or to ``[errno, text]``) and
``unfinished`` (null, or why some of it could not be found out: the machine was at a limit).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipv6lab.linux import limits
from ipv6lab.words.errors import Unsupported
from ipv6lab.words.message import _

SOURCE = Path(__file__).parents[2]
SECONDS = 60  # some 0.3 are usual; a machine with too much to do, or that loads modules, takes some
ATTEMPTS, PAUSE = 3, 0.5  # and seconds between two, twice as many each time
FIRST_ID = 0x60000000  # a range for root's trial, above what distributions hand to users


@dataclass(frozen=True)
class Outcome:
    """What a trial showed: why there was no sandbox, and what each operation said."""

    refused: str | None
    results: dict[str, tuple[int, str] | None]


def run(names: list[str]) -> Outcome:
    """Try these operations, several times where the machine is at a limit.

    Raises Unsupported when they cannot be tried to the end: that says nothing of what it can do.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE * 2 ** (attempt - 1))  # until others have let go of what there is
        data = _run(names)
        if not data["unfinished"]:
            break
    else:
        raise Unsupported(
            _(
                "What this machine can run could not be found out ({reason}): it has too much to "
                "do, so try again in a moment, or name a kernel with --kernel.",
                reason=str(data["unfinished"]).rstrip("."),
            )
        )
    results = {
        name: None if result is None else (int(result[0]), str(result[1]))
        for name, result in data["results"].items()
    }
    return Outcome(data["refused"], results)


def _run(names: list[str]) -> dict[str, Any]:
    words = [sys.executable, "-S", "-P", "-m", "ipv6lab.platform.trial", *names]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return {"unfinished": f"nothing was heard for {SECONDS} s"}
    except OSError as error:
        return {"unfinished": error.strerror or str(error)}
    try:
        return dict(json.loads(done.stdout))
    except ValueError:  # it was killed, say, where memory ran out
        last = done.stderr.strip().splitlines()[-1:] or [f"it ended with status {done.returncode}"]
        return {"unfinished": last[0]}


def main() -> None:
    # Imported before this process becomes somebody who perhaps may not read these files.
    from ipv6lab.linux import namespaces
    from ipv6lab.linux.syscalls import die_with_parent
    from ipv6lab.platform import operations

    die_with_parent()
    root = os.getuid() == 0
    limits.look_at_settings()
    try:
        namespaces.enter(FIRST_ID if root else None, 65536)
        child = os.fork()
    except OSError as error:
        unfinished = (error.strerror or str(error)) if limits.is_passing(error) else None
        refused = error.strerror or str(error)
        print(json.dumps({"refused": refused, "results": {}, "unfinished": unfinished}))
        return
    if child == 0:
        die_with_parent()
        print(json.dumps(_try_all(sys.argv[1:], operations.OPERATIONS)), flush=True)
        os._exit(0)
    os.waitpid(child, 0)


def _try_all(names: list[str], operations: Mapping[str, Callable[[], None]]) -> dict[str, Any]:
    results: dict[str, tuple[int, str] | None] = {}
    unfinished = None
    for name in sorted({"mounts", *names}, key=list(operations).index):
        try:
            operations[name]()
            results[name] = None
        except OSError as error:
            results[name] = (error.errno or 0, error.strerror or str(error))
            if limits.is_passing(error):
                unfinished = f"{name}: {error.strerror or error}"
    return {"refused": None, "results": results, "unfinished": unfinished}


if __name__ == "__main__":
    main()
