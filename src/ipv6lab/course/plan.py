"""The addressing plan of a seat, computed from ``topologies/plan.toml``.

The plan is a flat mapping of dotted names. For each kind of thing in the file:

=========== ======================================================================================
agency      ``agency.name .domain .parent_domain .as_number .prefix .prefix4 .reverse`` (its zone
            in ip6.arpa) ``.group`` (the third group of its prefix)
location    ``hq.prefix`` (the /52), ``hq.prefix4`` where it has one
network     ``staff.prefix .network .length .router .router2`` and ``prefix4 .network4 .length4
            .router4``; ``staff.zone_prefix`` is the /56 of its zone at its location; routers of
            its own naming are ``vnix-lan.isp-b`` and ``vnix-lan.isp-b4``; ``outside.domain`` where
            its machines' names end otherwise than the agency's
machine     ``app.address .reverse`` (its name in ip6.arpa) ``.address4 .name``; without
            ``.address`` where SLAAC gives it one, and then perhaps ``.static``, what is typed
            there where nothing gives it one;
            ``pc1.servers .servers4`` where it visits another network;
            the one that says ``service = "dns"`` is also ``servers.dns`` and ``servers.dns4``
loopback    ``hq-core.loopback``, ``vnnic.loopback4``
link        ``hq-br--hq-fw.prefix`` (the /127) and ``hq-br--hq-fw.hq-br``, ``.hq-fw``; the same
            with a 4 for IPv4 (a /31, RFC 3021)
transition  ``nat64.prefix .network``, ``clat.prefix``, ``anycast.dns``,
            ``delegated.length .network``
holder      ``isp-a.prefix .prefix4 .as_number``; ``isp-a.lent`` is the agency's /48 from it; of a
            6rd domain ``rapid.ce1``, what it delegates to a router on its access network, and
            ``.ce1_address`` in it, its first LAN ``.ce1_lan .ce1_router .ce1_host``
=========== ======================================================================================

Seats change the agency's /48 and what is computed from it; IPv4 and the others' prefixes stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import NamedTuple, TypeVar

from ipv6lab.addresses.embedding import rapid_deployment
from ipv6lab.course.content import Content
from ipv6lab.course.seats import seat_number
from ipv6lab.course.table import Table
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

AnyNetwork = TypeVar("AnyNetwork", IPv4Network, IPv6Network)

DOCUMENTATION = (
    IPv6Network("2001:db8::/32"),  # RFC 3849
    IPv6Network("3fff::/20"),  # RFC 9637: up to 3fff:fff:…, so 3fff:1000:: is outside
)
DOCUMENTATION4 = (
    IPv4Network("192.0.2.0/24"),  # RFC 5737
    IPv4Network("198.51.100.0/24"),
    IPv4Network("203.0.113.0/24"),
    IPv4Network("198.18.0.0/15"),  # RFC 2544, benchmarking
    IPv4Network("100.64.0.0/10"),  # RFC 6598, shared address space
)
DELEGATED_LENGTH = 56
SITE_LENGTH, ZONE_LENGTH = 52, 56  # one nibble each after the /48

_LOCATION, _ZONE = 12, 8  # how far the code is shifted in the fourth group, LZVV
_ROUTER, _SECOND_ROUTER = 1, 2
_CUSTOMERS_HOST = 0x10


def addressing_plan(content: Content, seat: int | None = None) -> dict[str, str]:
    """The plan of a seat (None or 0: the one without a seat)."""
    return _Planner(content.plan, seat_number(seat or 0)).plan()


def translators(plan: Mapping[str, str]) -> tuple[IPv6Network, ...]:
    """The prefixes behind which a plan has IPv4 addresses (RFC 6052)."""
    return (IPv6Network(plan["nat64.prefix"]),) if "nat64.prefix" in plan else ()


class _Network(NamedTuple):
    v6: IPv6Network | None
    v4: IPv4Network
    domain: str = ""  # of the machines in it, where that is not the agency's


class _Planner:
    def __init__(self, file: Path, seat: int | None) -> None:
        self._file = file
        self._table = Table.read(file)
        self._seat = seat
        self._values: dict[str, str] = {}
        self._agency = IPv6Network("::/0")  # read first
        self._locations: dict[str, tuple[int, IPv4Network | None]] = {}
        self._networks: dict[str, _Network] = {}
        self._holders: dict[str, tuple[IPv6Network, IPv4Network]] = {}
        self._routers: dict[str, list[str]] = {}  # those that a network names

    def plan(self) -> dict[str, str]:
        self._read_agency(self._table.table("agency"))
        for name, table in self._table.tables("locations"):
            self._read_location(name, table)
        zones = self._table.table("zones")
        codes = {name: zones.integer(name, 0, 0xF) for name in zones.keys}
        for name, table in self._table.tables("networks"):
            self._read_network(name, table, codes)
        for name, table in self._table.tables("machines"):
            self._read_machine(name, table)
        for name, table in self._table.tables("holders"):
            self._read_holder(name, table)
        for name, table in self._table.tables("loopbacks"):
            self._read_loopback(name, table)
        for name, table in self._table.tables("links"):
            self._read_link(name, table, codes)
        self._read_transition(self._table.table("transition"), codes)
        self._table.finish()
        return self._values

    # -- one method for each kind of thing in the file

    def _read_agency(self, table: Table) -> None:
        own, seats = self._network(table, "prefix", 48), self._network(table, "seats", 36)
        if self._seat is None:
            self._agency = own
        else:
            first = int(seats.network_address)
            self._agency = IPv6Network((first + (self._seat << 80), 48))
        self._set("agency.name", table.text("name"))
        self._set("agency.domain", table.text("domain"))
        self._set("agency.parent_domain", table.text("domain").partition(".")[2])
        self._set("agency.as_number", self._as_number(table))
        self._set("agency.prefix", self._agency)
        self._set("agency.prefix4", self._network4(table, "prefix4"))
        nibbles = self._agency.network_address.exploded.replace(":", "")[:12]
        self._set("agency.reverse", ".".join(reversed(nibbles)) + ".ip6.arpa")
        self._set("agency.group", nibbles[8:].lstrip("0") or "0")
        table.finish()

    def _read_location(self, name: str, table: Table) -> None:
        code = table.integer("code", 0, 0xF)
        prefix4 = self._network4(table, "prefix4", 16) if "prefix4" in table else None
        table.text("name")
        self._locations[name] = (code, prefix4)
        self._set(f"{name}.prefix", self._within(code << _LOCATION, SITE_LENGTH))
        if prefix4:
            self._set(f"{name}.prefix4", prefix4)
        table.finish()

    def _read_network(self, name: str, table: Table, zones: dict[str, int]) -> None:
        if "location" in table:
            network = self._read_own_network(name, table, zones)
        else:  # somebody else's, and perhaps of IPv4 only
            network = _Network(
                self._network(table, "prefix", 64) if "prefix" in table else None,
                self._network4(table, "prefix4"),
            )
        if "link" in table:
            link = table.text("link")
            if network.v6:
                self._set(f"{link}.prefix", network.v6)
            self._set(f"{link}.prefix4", network.v4)
        if "domain" in table:
            network = network._replace(domain=table.text("domain"))
            self._set(f"{name}.domain", network.domain)
        self._networks[name] = network
        if network.v6:
            self._set(f"{name}.prefix", network.v6)
            self._set(f"{name}.network", network.v6.network_address)
            self._set(f"{name}.length", network.v6.prefixlen)
            self._set(f"{name}.router", network.v6[_ROUTER])
            self._set(f"{name}.router2", network.v6[_SECOND_ROUTER])
        self._set(f"{name}.prefix4", network.v4)
        self._set(f"{name}.network4", network.v4.network_address)
        self._set(f"{name}.length4", network.v4.prefixlen)
        self._set(f"{name}.router4", network.v4[_ROUTER])
        self._read_carries(name, table)
        routers = table.table("routers", optional=True)
        self._routers[name] = list(routers.keys)
        for router in routers.keys:
            number = routers.integer(router, 1, network.v4.num_addresses - 2)
            if network.v6:
                self._set(f"{name}.{router}", network.v6[number])
            self._set(f"{name}.{router}4", network.v4[number])
        routers.finish()
        table.finish()

    def _read_carries(self, name: str, table: Table) -> None:
        """Whether a network or link is open to everything, so that graders may try anything."""
        if "carries" in table:
            self._set(f"{name}.carries", table.choice("carries", ("all",)))

    def _read_own_network(self, name: str, table: Table, zones: dict[str, int]) -> _Network:
        location, prefix4 = self._locations[table.choice("location", tuple(self._locations))]
        zone = zones[table.choice("zone", tuple(zones))]
        vlan = table.integer("vlan", 0, 0xFF)
        if "prefix4" in table:
            network4 = self._network4(table, "prefix4")
        else:
            network4 = self._mirror(table, prefix4, vlan)
        group = location << _LOCATION | zone << _ZONE | vlan
        self._set(f"{name}.zone_prefix", self._within(group & 0xFF00, ZONE_LENGTH))
        return _Network(self._within(group, 64), network4)

    def _read_machine(self, name: str, table: Table) -> None:
        network = self._networks[table.choice("network", tuple(self._networks))]
        service = table.text("service") if "service" in table else None
        as_service = f"{table.text('network')}.{service}" if service else ""
        self._read_place(table, network, (f"{name}.address", as_service))
        if "host" in table:
            address = IPv6Address(self._values[f"{name}.address"])
            self._set(f"{name}.reverse", address.reverse_pointer)
        if "static" in table:
            self._set(f"{name}.static", self._host(table, "static", network.v6))
        self._set(f"{name}.name", f"{name}.{network.domain or self._values['agency.domain']}")
        visits = table.table("visits", optional=True)
        for visited in visits.keys:
            place = visits.table(visited)
            if visited not in self._networks:
                raise self._bad(visits, visited, f"there is no network {visited}")
            self._read_place(place, self._networks[visited], (f"{name}.{visited}",))
            place.finish()
        table.finish()

    def _read_place(self, table: Table, network: _Network, names: tuple[str, ...]) -> None:
        """A machine's addresses in a network, each under all its names."""
        if "host" in table:
            address = self._host(table, "host", network.v6)
            for name in filter(None, names):
                self._set(name, address)
        if "host4" in table:
            number = table.integer("host4", 1, network.v4.num_addresses - 2)
            for name in filter(None, names):
                self._set(f"{name}4", network.v4[number])

    def _read_loopback(self, name: str, table: Table) -> None:
        if "holder" in table:
            network, network4 = self._holders[table.choice("holder", tuple(self._holders))]
            if "host4" in table:
                number = table.integer("host4", 1, network4.num_addresses - 2)
                self._set(f"{name}.loopback4", network4[number])
        else:
            code, _prefix4 = self._locations[table.choice("location", tuple(self._locations))]
            network = self._within(code << _LOCATION, 64)
        self._set(f"{name}.loopback", self._host(table, "host", network))
        table.finish()

    def _read_link(self, name: str, table: Table, zones: dict[str, int]) -> None:
        first, separator, second = name.partition("--")
        if not (first and separator and second):
            raise LabError(
                _(
                    "{file}: {key} must be named after its two ends, such as hq-br--hq-fw.",
                    file=str(self._file),
                    key=table.name,
                )
            )
        if "prefix" in table:
            reserved = self._network(table, "prefix", 64)
        else:
            location, _prefix4 = self._locations[table.choice("location", tuple(self._locations))]
            zone = zones.get("infrastructure", 0)
            vlan = table.integer("vlan", 0, 0xFF)
            reserved = self._within(location << _LOCATION | zone << _ZONE | vlan, 64)
        used = IPv6Network((reserved.network_address, 127))
        self._set(f"{name}.prefix", used)
        self._read_carries(name, table)
        self._set(f"{name}.{first}", used[0])
        self._set(f"{name}.{second}", used[1])
        if "prefix4" in table:
            used4 = self._network4(table, "prefix4", 31)
            self._set(f"{name}.prefix4", used4)
            self._set(f"{name}.{first}4", used4[0])
            self._set(f"{name}.{second}4", used4[1])
        table.finish()

    def _read_transition(self, table: Table, zones: dict[str, int]) -> None:
        zone = zones.get("transition", 0) << _ZONE
        nat64 = self._within(zone | table.integer("nat64", 0, 0xFF), 64)
        self._set("nat64.prefix", IPv6Network((nat64.network_address, 96)))
        self._set("nat64.network", nat64.network_address)
        self._set("clat.prefix", self._within(zone | table.integer("clat", 0, 0xFF), 64))
        anycast = table.table("anycast_dns")
        network = self._within(zone | anycast.integer("vlan", 0, 0xFF), 64)
        self._set("anycast.dns", self._host(anycast, "host", network))
        if "delegated" in self._locations:
            self._set("delegated.length", DELEGATED_LENGTH)
            code, _prefix4 = self._locations["delegated"]
            pool = self._within(code << _LOCATION, SITE_LENGTH)
            self._set("delegated.network", pool.network_address)
        anycast.finish()
        table.finish()

    def _read_holder(self, name: str, table: Table) -> None:
        prefix = self._network(table, "prefix")
        if prefix.overlaps(self._agency):
            raise LabError(
                _(
                    "{file}: {key} overlaps the agency's {prefix}.",
                    file=str(self._file),
                    key=table.where("prefix"),
                    prefix=str(self._agency),
                )
            )
        prefix4 = self._network4(table, "prefix4")
        self._holders[name] = prefix, prefix4
        self._set(f"{name}.prefix", prefix)
        self._set(f"{name}.prefix4", prefix4)
        self._set(f"{name}.as_number", self._as_number(table))
        if "lends" in table and table.truth("lends"):
            # The agency's own number, which is the third group of its /48, in the provider's /32.
            number = int(self._agency.network_address) >> 80 & 0xFFFF
            lent = int(prefix.network_address) | number << 80
            self._set(f"{name}.lent", IPv6Network((lent, 48)))
        if "delegates" in table:
            self._set_delegated(name, table.choice("delegates", tuple(self._routers)))
        table.finish()

    def _set_delegated(self, name: str, access: str) -> None:
        """What a 6rd domain delegates to each router on its access network (RFC 5969)."""
        prefix, prefix4 = self._holders[name]
        for router in self._routers[access]:
            address = IPv4Address(self._values[f"{access}.{router}4"])
            delegated = rapid_deployment(prefix, prefix4.prefixlen, address)
            lan = IPv6Network((int(delegated.network_address) | 1 << 64, 64))
            self._set(f"{name}.{router}", delegated)
            self._set(f"{name}.{router}_address", delegated[_ROUTER])
            self._set(f"{name}.{router}_lan", lan)
            self._set(f"{router}-lan.prefix", lan)
            self._set(f"{name}.{router}_router", lan[_ROUTER])
            self._set(f"{name}.{router}_host", lan[_CUSTOMERS_HOST])

    # -- arithmetic and reading

    def _set(self, name: str, value: object) -> None:
        if name in self._values:
            raise LabError(
                _("{file}: the name {name} is given twice.", file=str(self._file), name=name)
            )
        self._values[name] = str(value)

    def _within(self, group: int, length: int) -> IPv6Network:
        """The network of the agency with this fourth group."""
        return IPv6Network((int(self._agency.network_address) | group << 64, length))

    def _mirror(self, table: Table, location: IPv4Network | None, vlan: int) -> IPv4Network:
        """VLAN 0x10 is written 10 and is the /24 number 10 of its location."""
        written = f"{vlan:x}"
        if location is None or not written.isdecimal():
            raise LabError(
                _(
                    "{file}: {key} is missing, as neither the location nor the VLAN tells it.",
                    file=str(self._file),
                    key=table.where("prefix4"),
                )
            )
        return IPv4Network((int(location.network_address) | int(written) << 8, 24))

    def _network(self, table: Table, key: str, length: int | None = None) -> IPv6Network:
        network = self._parse(IPv6Network, table, key, length)
        if not any(network.subnet_of(block) for block in DOCUMENTATION):
            raise self._undocumented(table, key, str(network))
        return network

    def _network4(self, table: Table, key: str, length: int | None = None) -> IPv4Network:
        network = self._parse(IPv4Network, table, key, length)
        if not any(network.subnet_of(block) for block in DOCUMENTATION4):
            raise self._undocumented(table, key, str(network))
        return network

    def _parse(
        self, family: type[AnyNetwork], table: Table, key: str, length: int | None
    ) -> AnyNetwork:
        text = table.text(key)
        try:
            network = family(text)
        except ValueError as error:
            raise self._bad(table, key, str(error)) from None
        if length is not None and network.prefixlen != length:
            raise LabError(
                _(
                    "{file}: {key} must be a /{length}, and {text} is none.",
                    file=str(self._file),
                    key=table.where(key),
                    length=length,
                    text=text,
                )
            )
        return network

    def _host(self, table: Table, key: str, network: IPv6Network | None) -> IPv6Address:
        """The address with this host part; the all-zero one is the routers' anycast address."""
        text = table.text(key)
        if network is None:
            raise self._bad(table, key, "the network has no IPv6")
        try:
            part = int(IPv6Address(text))
        except ValueError as error:
            raise self._bad(table, key, str(error)) from None
        if not 0 < part < network.num_addresses:
            raise self._bad(table, key, f"{text} is no host part in a /{network.prefixlen}")
        return network[part]

    def _as_number(self, table: Table) -> int:
        """An AS number for documentation (RFC 5398)."""
        number = table.integer("as_number", 64496, 65551)
        if 64511 < number < 65536:
            raise self._undocumented(table, "as_number", str(number))
        return number

    def _bad(self, table: Table, key: str, reason: str) -> LabError:
        return LabError(
            _(
                "{file}: {key} is wrong: {reason}.",
                file=str(self._file),
                key=table.where(key),
                reason=reason,
            )
        )

    def _undocumented(self, table: Table, key: str, text: str) -> LabError:
        return LabError(
            _(
                "{file}: {key} is {text}, which is not reserved for documentation.",
                file=str(self._file),
                key=table.where(key),
                text=text,
            )
        )
