"""Controllers of Mininet's: the reference one by Ryu, and those that are reached over IPv6."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from mininet.log import info
from mininet.node import Controller

from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

DEADLINE = 60.0  # seconds until a controller listens; a busy machine takes long
TURN = 0.05


class LearningController(Controller):  # type: ignore[misc]
    """A learning switch, as Mininet's reference controller is, whose program the image lacks.

    It is Ryu's, and what it says is in ``/tmp/NAME.log``. It runs for switches of Open vSwitch
    alone: bridges learn by themselves.
    """

    net: Any = None  # the LabNet that it belongs to
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    def isAvailable(cls) -> bool:
        return True

    def start(self) -> None:
        """Start it and wait until it listens. Raises LabError where it does not."""
        switches = self.net.open_vswitches if self.net else []
        if not switches:
            info(f"*** No controller {self.name}: the switches learn by themselves\n")
            return
        newer = all("OpenFlow10" not in (one.protocols or "OpenFlow10") for one in switches)
        application = "ryu.app.simple_switch" + ("_13" if newer else "")
        info(f"*** Controller {self.name} is Ryu's {application}\n")
        log = Path("/tmp", f"{self.name}.log")
        with log.open("wb") as said:
            self._process = subprocess.Popen(
                ["ryu-manager", "--ofp-tcp-listen-port", str(self.port), application],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        deadline = time.monotonic() + DEADLINE
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise LabError(
                    _(
                        "Controller {name} does not listen: {reason}",
                        name=self.name,
                        reason=log.read_text(errors="replace").strip()[-500:],
                    )
                )
            time.sleep(TURN)

    def _listens(self) -> bool:
        try:
            socket.create_connection((self.ip, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self, *_args: Any, **_options: Any) -> None:
        """End it."""
        if self._process:
            self._process.terminate()
            self._process.wait()
            self._process = None
        self.terminate()


def at_address(cls: type, address: str) -> type:
    """A class like this one, for a controller at an IPv6 address.

    Mininet's takes a colon for what comes before a port, so it is given none: it hears of the
    address when it looks whether somebody listens there.
    """

    def check(self: Any) -> None:
        self.ip = address
        cls.checkListening(self)  # type: ignore[attr-defined]

    return type(cls.__name__, (cls,), {"checkListening": check, "__module__": cls.__module__})
