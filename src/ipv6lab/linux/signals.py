"""Signals that a process passes on to what it runs elsewhere."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def signals(numbers: tuple[signal.Signals, ...], act: Callable[[int], None]) -> Iterator[None]:
    """While in the block, ``act`` on these signals, in a thread.

    Not in the handler: it may interrupt the very code that ``act`` waits for. Outside of the main
    thread, which alone gets signals, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: queue.SimpleQueue[int | None] = queue.SimpleQueue()

    def work() -> None:
        while (number := arrived.get()) is not None:
            act(number)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    before = [(number, signal.getsignal(number)) for number in numbers]
    for number in numbers:
        signal.signal(number, lambda number, _frame: arrived.put(number))
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
        arrived.put(None)
