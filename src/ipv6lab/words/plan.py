"""The addressing plan of a seat, as attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class Plan:
    """A flat mapping of dotted names, read as attributes.

    >>> plan = Plan({"staff.prefix": "2001:db8:100:110::/64"})
    >>> plan.staff.prefix
    '2001:db8:100:110::/64'
    >>> plan["staff.prefix"]
    '2001:db8:100:110::/64'
    """

    def __init__(self, values: Mapping[str, str], _at: str = "") -> None:
        self._values = values
        self._at = _at

    def __getattr__(self, name: str) -> Plan | str:
        if name.startswith("_"):
            raise AttributeError(name)
        full = f"{self._at}.{name}" if self._at else name
        below = full + "."
        if any(key.startswith(below) for key in self._values):
            return Plan(self._values, full)
        if full in self._values:
            return self._values[full]
        raise AttributeError(f"the addressing plan has no {full!r}")

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        """The full names of all values."""
        return iter(self._values)
