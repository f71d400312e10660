"""The kinds of values that unit keys take (systemd.syntax(7), systemd.time(7))."""

from __future__ import annotations

import math
import re
import signal

_UNITS = {
    "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "msec": 1e-3, "s": 1, "sec": 1, "second": 1, "seconds": 1,
    "": 1, "m": 60, "min": 60, "minute": 60, "minutes": 60, "h": 3600, "hr": 3600, "hour": 3600,
    "hours": 3600, "d": 86400, "day": 86400, "days": 86400, "w": 604800, "week": 604800,
    "weeks": 604800,
}  # fmt: skip


def seconds(text: str) -> float:
    """A time span in seconds. Raises ValueError.

    >>> seconds("2min 30s"), seconds("500ms"), seconds("90"), seconds("infinity")
    (150.0, 0.5, 90.0, inf)
    """
    text = text.strip()
    if text == "infinity":
        return math.inf
    parts = re.findall(r"\s*([0-9]*\.?[0-9]+)\s*([a-zµ]*)", text)
    if not parts or re.sub(r"\s*([0-9]*\.?[0-9]+)\s*([a-zµ]*)", "", text).strip():
        raise ValueError(f"no time span: {text!r}")
    if any(unit not in _UNITS for _, unit in parts):
        raise ValueError(f"no time span: {text!r}")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def boolean(text: str) -> bool:
    """Raises ValueError."""
    if text.lower() in ("1", "yes", "y", "true", "t", "on"):
        return True
    if text.lower() in ("0", "no", "n", "false", "f", "off"):
        return False
    raise ValueError(f"no boolean: {text!r}")


def signal_number(text: str) -> int:
    """A signal by name or number. Raises ValueError.

    >>> signal_number("SIGTERM"), signal_number("hup"), signal_number("9")
    (15, 1, 9)
    """
    if text.isdigit():
        number = int(text)
        if 0 < number < signal.NSIG:
            return number
        raise ValueError(f"no signal: {text!r}")
    name = text.upper()
    name = name if name.startswith("SIG") else "SIG" + name
    try:
        return int(signal.Signals[name])
    except KeyError:
        raise ValueError(f"no signal: {text!r}") from None


EXIT_NAMES = {
    0: "SUCCESS", 1: "FAILURE", 2: "INVALIDARGUMENT", 3: "NOTIMPLEMENTED", 4: "NOPERMISSION",
    5: "NOTINSTALLED", 6: "NOTCONFIGURED", 7: "NOTRUNNING", 64: "USAGE", 65: "DATAERR",
    66: "NOINPUT", 67: "NOUSER", 68: "NOHOST", 69: "UNAVAILABLE", 70: "SOFTWARE", 71: "OSERR",
    72: "OSFILE", 73: "CANTCREAT", 74: "IOERR", 75: "TEMPFAIL", 76: "PROTOCOL", 77: "NOPERM",
    78: "CONFIG", 200: "CHDIR", 201: "NICE", 203: "EXEC", 205: "LIMITS", 208: "STDIN",
    209: "STDOUT", 214: "SETSCHEDULER", 216: "GROUP", 217: "USER", 218: "CAPABILITIES",
    233: "RUNTIME_DIRECTORY", 238: "STATE_DIRECTORY", 239: "CACHE_DIRECTORY",
    240: "LOGS_DIRECTORY", 241: "CONFIGURATION_DIRECTORY",
}  # fmt: skip
EXIT_CODES = {name: code for code, name in EXIT_NAMES.items()}


def exit_statuses(words: list[str]) -> tuple[frozenset[int], frozenset[int]]:
    """The exit codes and the signals in a list such as ``1 TEMPFAIL SIGKILL``."""
    codes, signals = set(), set()
    for word in words:
        if word.isdigit():
            codes.add(int(word))
        elif word in EXIT_CODES:
            codes.add(EXIT_CODES[word])
        else:
            signals.add(signal_number(word))
    return frozenset(codes), frozenset(signals)
