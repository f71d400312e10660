"""What the process that holds the class tells hub and board: one JSON file beside their sockets."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ipv6lab.classroom.ground import Accounts

VARIABLE = "IPV6LAB_CLASS_WANTED"


def url(host: str, port: int, scheme: str) -> str:
    """An address, an IPv6 one in brackets."""
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


@dataclass(frozen=True)
class Wanted:
    """How a class is held."""

    folder: str  # the class's folder
    run: str  # sockets, logs, the accounts' files
    listen: str = "::"  # every address of the machine, in both families
    addresses: tuple[str, ...] = ()  # by which browsers find it; the first is printed on cards
    port: int = 8443  # sign-in and notebooks
    board_port: int = 8444
    page_port: int = 8080  # plain HTTP: what the browser's warning means
    inner: int = 8450  # three ports on the loopback interface: hub, proxy, JupyterLab's files
    fork: bool = True
    slot: int = 0  # of its accounts
    idle_minutes: int = 120
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def run_folder(self) -> Path:
        return Path(self.run)

    @property
    def fork_socket(self) -> Path:
        return self.run_folder / "root" / "fork.sock"

    @property
    def group(self) -> str:
        """The name of its control groups."""
        return f"ipv6lab-class-{self.slot}"

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.slot)

    def url(self, port: int, scheme: str = "https") -> str:
        """The room's address, as it is printed on cards."""
        return url(self.addresses[0] if self.addresses else "localhost", port, scheme)

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @staticmethod
    def read(file: Path) -> Wanted:
        told = json.loads(file.read_text(encoding="utf-8"))
        return Wanted(**{**told, "addresses": tuple(told["addresses"])})

    @staticmethod
    def of_environment() -> Wanted:
        return Wanted.read(Path(os.environ[VARIABLE]))
