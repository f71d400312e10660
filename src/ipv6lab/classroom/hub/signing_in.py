"""Signing in with a seat and its PIN."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from jupyterhub.handlers.login import LogoutHandler
from jupyterhub.utils import new_token

from ipv6lab.classroom import folder
from ipv6lab.classroom.folder import Class, Seat
from ipv6lab.words.errors import LabError

TRIES = 5
MINUTE = 60.0


class Lockout:
    """Counts wrong PINs by seat: the fifth locks the seat for a minute, right PIN or wrong."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: dict[int, int] = {}
        self._until: dict[int, float] = {}

    def seconds(self, seat: int) -> int:
        """How long the seat is still locked; 0 where it is not."""
        return max(0, round(self._until.get(seat, 0.0) - self._clock() + 0.5))

    def locked(self, seat: int) -> bool:
        return self._until.get(seat, 0.0) > self._clock()

    def wrong(self, seat: int) -> None:
        self._wrong[seat] = self._wrong.get(seat, 0) + 1
        if self._wrong[seat] >= TRIES:
            self._until[seat] = self._clock() + MINUTE
            self._wrong[seat] = 0

    def right(self, seat: int) -> None:
        self._wrong.pop(seat, None)


class Roster:
    """The class's seats, as its file has them now: people are added while it runs."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._stamp = (0, 0)
        self._known: Class | None = None

    def now(self) -> Class:
        status = (self._place / "class.json").stat()
        stamp = (status.st_mtime_ns, status.st_size)
        if self._known is None or stamp != self._stamp:
            self._known, self._stamp = folder.load(self._place), stamp
        return self._known

    def find(self, typed: str) -> Seat | None:
        """The seat that somebody typed: ``7``, ``07``, ``seat07``."""
        number = typed.strip().casefold().removeprefix("seat").strip()
        if not (number.isascii() and number.isdigit() and len(number) < 6):
            return None
        try:
            return self.now().seats.get(int(number))
        except (LabError, OSError):
            return None


class Logout(LogoutHandler):  # type: ignore[misc]
    """Signing out ends the identity: a cookie that somebody kept opens nothing any more."""

    async def default_handle_logout(self) -> None:
        user = self.current_user
        await super().default_handle_logout()
        if user is not None:
            user.orm_user.cookie_id = new_token()
            self.db.commit()


class PinAuthenticator(Authenticator):  # type: ignore[misc]
    """A seat's PIN; the user in the hub is the seat's account."""

    roster: Roster
    lockout: Lockout

    def get_handlers(self, app: Any) -> list[Any]:
        return [*super().get_handlers(app), ("/logout", Logout)]

    async def authenticate(self, handler: Any, data: Mapping[str, str]) -> str | None:
        """The account's name; None for a wrong PIN and for a locked seat."""
        seat = self.roster.find(data.get("username", ""))
        if seat is None or self.lockout.locked(seat.number):
            return None
        pin = "".join(data.get("password", "").split())
        if not hmac.compare_digest(pin.encode(), seat.pin.encode()):
            self.lockout.wrong(seat.number)
            return None
        self.lockout.right(seat.number)
        return seat.account


@dataclass(frozen=True)
class Gate:
    """What the sign-in page may ask. No function: the hub would call one itself."""

    roster: Roster
    lockout: Lockout

    def wait(self, typed: str | None) -> int:
        """The seconds for which the seat that was typed is locked."""
        seat = self.roster.find(typed or "")
        return self.lockout.seconds(seat.number) if seat else 0
