"""Tries operations in a throw-away sandbox: ``python -m ipv6lab.platform.trial NAME…``.

A process of its own, because what becomes a sandbox cannot come back from it. It makes the
namespaces with the very code that makes a lab's, and prints one JSON object: ``refused`` (null,
or why there is no sandbox at all) and ``results`` (operation to null, or to ``[errno, text]``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

SOURCE = Path(__file__).parents[2]
SECONDS = 20  # some 0.3 are usual; loading a dozen modules from a slow disk takes a few
FIRST_ID = 0x60000000  # a range for root's trial, above what distributions hand to users


@dataclass(frozen=True)
class Outcome:
    """What a trial showed: why there was no sandbox, and what each operation said."""

    refused: str | None
    results: dict[str, tuple[int, str] | None]


def run(names: list[str]) -> Outcome:
    """Try these operations. Raises LabError when the trial itself cannot be run."""
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
        data = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise LabError(
            _("This machine could not be tried: {reason}.", reason=str(error).rstrip("."))
        ) from error
    results = {
        name: None if result is None else (int(result[0]), str(result[1]))
        for name, result in data["results"].items()
    }
    return Outcome(data["refused"], results)


def main() -> None:
    # Imported before this process becomes somebody who perhaps may not read these files.
    from ipv6lab.linux import namespaces
    from ipv6lab.linux.syscalls import die_with_parent
    from ipv6lab.platform import operations

    die_with_parent()
    root = os.getuid() == 0
    try:
        namespaces.enter(FIRST_ID if root else None, 65536)
    except OSError as error:
        print(json.dumps({"refused": str(error), "results": {}}))
        return
    child = os.fork()
    if child == 0:
        die_with_parent()
        print(json.dumps(_try_all(sys.argv[1:], operations.OPERATIONS)), flush=True)
        os._exit(0)
    os.waitpid(child, 0)


def _try_all(names: list[str], operations: Mapping[str, Callable[[], None]]) -> dict[str, Any]:
    results: dict[str, tuple[int, str] | None] = {}
    for name in sorted({"mounts", *names}, key=list(operations).index):
        try:
            operations[name]()
            results[name] = None
        except OSError as error:
            results[name] = (error.errno or 0, error.strerror or str(error))
    return {"refused": None, "results": results}


if __name__ == "__main__":
    main()
