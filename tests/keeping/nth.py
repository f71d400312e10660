"""Failing the n-th operation of the system, for every n, as SQLite tests itself."""

from __future__ import annotations

import builtins
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

OPERATIONS = ("open", "write", "read", "rename", "replace", "mkdir", "listdir", "stat", "chmod")
OPERATIONS += ("unlink", "fsync", "fstat", "scandir", "rmdir")
MOST = 5000  # an operation that takes more is no case for this


def faults() -> tuple[BaseException, ...]:
    """What can come out of an operation."""
    return (
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EIO, "Input/output error"),
        MemoryError(),
        KeyboardInterrupt(),
    )


class Counter:
    def __init__(self, number: int, fault: BaseException) -> None:
        self.left, self.fault, self.came = number, fault, False

    def around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*arguments: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                self.came = True
                raise self.fault
            return real(*arguments, **named)

        return operation


@contextmanager
def failing(number: int, fault: BaseException) -> Iterator[Counter]:
    """The n-th of the operations that begin in here fails."""
    counter = Counter(number, fault)
    with _patched(counter):
        yield counter


@contextmanager
def _patched(counter: Counter) -> Iterator[None]:
    patches = []
    for name in OPERATIONS:
        patches.append(mock.patch.object(os, name, counter.around(getattr(os, name))))
    patches.append(mock.patch.object(builtins, "open", counter.around(builtins.open)))
    patches.append(mock.patch("io.open", counter.around(builtins.open)))
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


def every() -> Iterator[Callable[[], Any]]:
    """For each fault and n a context in which it happens, until n is more than there are."""
    for fault in faults():
        for number in range(1, MOST):
            counters: list[Counter] = []

            @contextmanager
            def one(
                number: int = number,
                fault: BaseException = fault,
                counters: list[Counter] = counters,
            ) -> Iterator[None]:
                with failing(number, fault) as counter:
                    counters.append(counter)
                    yield

            yield one
            if not counters[0].came:
                break
        else:
            raise AssertionError(f"more than {MOST} operations")
