"""What a check says: conditions, each with the sentence that holds when it is not so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from ipaddress import ip_network
from typing import Any, NoReturn, TypeVar

from ipv6lab.addresses.text import written
from ipv6lab.probes import Blocked, Failed, Record
from ipv6lab.words import message as words
from ipv6lab.words.message import Message

T = TypeVar("T")


def _(text: str, /, **values: object) -> Message:
    """Mark a sentence for translation and give it its values; addresses may be given as such."""
    return words._(text, **{name: _plain(value) for name, value in values.items()})


def _plain(value: object) -> words.Value:
    return value if isinstance(value, str | int | float) else written(value)


def require(condition: object, message: Message) -> None:
    """Go on only if the condition is true; else the check has failed, for this reason."""
    if not condition:
        raise Failed(message)


def each(items: Iterable[T], message: Message) -> list[T]:
    """What was seen, for a loop that says what each of it must be.

    Nothing seen is nothing proved: where there is none, the check has failed.
    """
    found = list(items)
    if not found:
        raise Failed(message)
    return found


def unwanted(items: Iterable[T]) -> Iterable[T]:
    """What was seen and must not be, for a loop in which the check fails; there may be none."""
    return items


def holds_within(
    record: Record, seconds: float, judge: Callable[[], object], pause: float = 0.0
) -> None:
    """Judge again while it fails, for so many seconds. Raises the last `Failed`."""
    until = record.until(seconds)
    while True:
        try:
            judge()
        except Failed:
            if time.monotonic() + pause >= until:
                raise
        else:
            return
        if pause:
            with record.waiting(_("trying again")):
                time.sleep(pause)


def fail(message: Message) -> NoReturn:
    """The check has failed, for this reason."""
    raise Failed(message)


def require_none(
    items: Iterable[T],
    message: Callable[[T], Message],
    wanted: Callable[[T], object] | object = None,
) -> None:
    """The check has failed if there is an item (that is `wanted`); `message` tells of it."""
    for item in items:
        if wanted is None or _is(item, wanted):
            raise Failed(message(item))


def control(condition: object, by: str, message: Message) -> None:
    """The control of a *must not*: the same probe has to be seen to get through.

    If it did not, nothing is known, and the check is blocked by check `by`.
    """
    global _controls
    _controls += 1
    if not condition:
        raise Blocked(by, message)


def helped(condition: object, by: str, on: object, message: Message) -> None:
    """What the question itself needs (a name server, say) has to be there, on node `on`.

    If it is not, a *must* is blocked by check `by`, which judges that. A *must not* or *still* has
    failed if the node is the trainee's, else it is blocked too.
    """
    if not condition:
        raise Blocked(by, message, str(on))


_controls = 0  # of this process, which runs one check


def controls() -> int:
    """How many controls this process has seen."""
    return _controls


def _is(item: Any, wanted: Any) -> bool:
    if callable(wanted):
        return bool(wanted(item))
    return bool(item.network == ip_network(str(wanted)))
