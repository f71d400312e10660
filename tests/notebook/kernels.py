"""A real kernel, driven as a notebook's page drives it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self

from jupyter_client.manager import KernelManager

from ipv6lab.notebook.sources import KERNEL

SECONDS = 120.0  # far more than anything takes; what hangs fails


@dataclass
class Ran:
    """What a cell left behind."""

    text: str = ""  # what it printed
    displays: list[dict[str, Any]] = field(default_factory=list)  # as they stand at the end
    error: tuple[str, str, list[str]] | None = None
    chunks: list[tuple[float, str]] = field(default_factory=list)  # what was printed, and when
    seconds: float = 0.0
    result: str = ""

    @property
    def words(self) -> str:
        """All of it in words."""
        return self.text + "\n".join(one.get("text/plain", "") for one in self.displays)

    @property
    def sentence(self) -> str:
        """The one sentence of a refusal; a traceback would be more than that."""
        assert self.error is not None, self
        name, sentence, trace = self.error
        assert name in ("LabError", "Unsupported"), self.error
        assert trace == [sentence]
        assert "\n" not in sentence
        return sentence


class Kernel:
    def __enter__(self) -> Self:
        self.manager = KernelManager(kernel_name=KERNEL)
        self.manager.start_kernel()
        self._connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def _connect(self) -> None:
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SECONDS)

    def restart(self) -> None:
        self.client.stop_channels()
        self.manager.restart_kernel(now=True)
        self._connect()

    def __call__(self, cell: str, interrupt_after: str | None = None) -> Ran:
        """Run a cell; interrupt it once it has printed a text."""
        ran = Ran()
        shown: dict[str, dict[str, Any]] = {}
        began = time.monotonic()

        def take(message: dict[str, Any]) -> None:
            content = message["content"]
            kind = message["msg_type"]
            if kind == "stream":
                ran.text += content["text"]
                ran.chunks.append((time.monotonic() - began, content["text"]))
                if interrupt_after is not None and interrupt_after in ran.text:
                    interrupt()
            elif kind in ("display_data", "update_display_data"):
                identity = content.get("transient", {}).get("display_id") or str(len(shown))
                if identity not in shown:
                    shown[identity] = {}
                    ran.displays.append(shown[identity])
                shown[identity].clear()
                shown[identity].update(content["data"])
            elif kind == "execute_result":
                ran.result = content["data"]["text/plain"]
            elif kind == "error":
                ran.error = (content["ename"], content["evalue"], content["traceback"])

        interrupted = threading.Event()

        def interrupt() -> None:
            if not interrupted.is_set():
                interrupted.set()
                self.manager.interrupt_kernel()

        self.client.execute_interactive(cell, output_hook=take, timeout=SECONDS)
        ran.seconds = time.monotonic() - began
        return ran

    def complete(self, code: str) -> list[str]:
        """What Tab offers at the end of this."""
        reply = self.client.complete(code, len(code), reply=True, timeout=SECONDS)
        return [str(one) for one in reply["content"]["matches"]]
