"""The addressing plan of a seat, as attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

# What each seat draws for itself, or its lab in secret, is asked in just this spelling.
DRAWN = ("draw.", "secret.")
Value = str | IPv4Address | IPv6Address | IPv4Network | IPv6Network


class Plan:
    """A flat mapping of dotted names, read as attributes: networks, addresses, and other texts.

    >>> plan = Plan({"staff.prefix": "2001:db8:100:110::/64", "pc1.address4": "198.18.10.11"})
    >>> plan.staff.prefix
    IPv6Network('2001:db8:100:110::/64')
    >>> plan["pc1.address4"]
    IPv4Address('198.18.10.11')
    """

    def __init__(self, values: Mapping[str, str], _at: str = "") -> None:
        self._values = values
        self._at = _at

    def __getattr__(self, name: str) -> Plan | Value:
        if name.startswith("_"):
            raise AttributeError(name)
        full = f"{self._at}.{name}" if self._at else name
        below = full + "."
        if any(key.startswith(below) for key in self._values):
            return Plan(self._values, full)
        if full in self._values:
            return self[full]
        raise AttributeError(f"the addressing plan has no {full!r}")

    def __getitem__(self, name: str) -> Value:
        text = self._values[name]
        return text if name.startswith(DRAWN) else typed(text)

    def __iter__(self) -> Iterator[str]:
        """All names that the plan has, whole."""
        return iter(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._values


def typed(text: str) -> Value:
    """A text of the plan as what it stands for; one that is no address or network stays a text.

    >>> typed("2001:db8::1"), typed("203.0.113.0/25"), typed("64")
    (IPv6Address('2001:db8::1'), IPv4Network('203.0.113.0/25'), '64')
    """
    try:
        return ip_network(text) if "/" in text else ip_address(text)
    except ValueError:
        return text
