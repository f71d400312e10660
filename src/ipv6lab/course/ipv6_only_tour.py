"""An office that does without IPv4 in four steps, shown on a lab that really runs.

It begins as the exercise on IPv6-mostly begins, goes on with its reference solution, then takes
IPv4 from the LAN, and at last 464XLAT from the computer. After each step the same things are tried
by programs on the nodes; what is told is what they say.
"""

from __future__ import annotations

import contextlib
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ipv6lab.course.place import Place
from ipv6lab.reports.graded import mark
from ipv6lab.reports.pcap import Reader
from ipv6lab.wire.headers import link_layer
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

if TYPE_CHECKING:
    from ipv6lab.sandbox import Lab

EXERCISE = "L27"
REFERENCE = "reference"
LAN, COMPUTER, PRINTER, ROUTER = "pilot", "n6pc1", "printer", "gw"
READY = 60  # seconds after which a step that has not become true never will
ETHERTYPES = {0x0800: 4, 0x0806: 4, 0x86DD: 6}
_PLACE = re.compile(r"\{([a-z0-9.-]+)\}")


class Probe(NamedTuple):
    """Something that people do every day, and the command that does it."""

    key: str
    node: str
    what: Message
    command: str


class Seen(NamedTuple):
    """What came of a probe: whether it works, and the line that its command said."""

    probe: Probe
    works: bool
    said: str


class Step(NamedTuple):
    """A stage of the office: what is changed (node, script), when it is true, what it breaks."""

    key: str
    title: Message
    told: tuple[Message, ...]
    changes: tuple[tuple[str, str], ...]
    ready: tuple[tuple[str, str], ...]
    breaks: frozenset[str]
    solution: bool = False  # the exercise's own is laid on before the changes


PROBES = (
    Probe(
        "both",
        COMPUTER,
        _("opens a page of a site with both protocols"),
        "curl -sS -m 8 http://{web-ext.name}/",
    ),
    Probe(
        "name",
        COMPUTER,
        _("gets an IPv6 address for the name of a site with IPv4 alone"),
        "dig +short +time=3 +tries=2 AAAA {v4only.name} | grep :",
    ),
    Probe(
        "four",
        COMPUTER,
        _("opens a page of that site by its name"),
        "curl -sS -m 8 http://{v4only.name}/",
    ),
    Probe(
        "literal",
        COMPUTER,
        _("runs a program with an IPv4 address built in"),
        "curl -sS -m 8 http://{v4only.address4}/",
    ),
    Probe(
        "print", COMPUTER, _("reaches the printer at its IPv4 address"), "ping -c 2 -W 2 {printer}"
    ),
    Probe(
        "scan",
        PRINTER,
        _("sends a scan to a site with IPv4 alone"),
        "curl -sS -m 8 http://{v4only.address4}/",
    ),
)

STEPS = (
    Step(
        "dual",
        _("1. The office of today: both protocols"),
        (
            _("Every computer has an IPv4 and an IPv6 address; the printer knows IPv4 alone."),
            _("Two protocols are two sets of addresses, of firewall rules and of faults."),
        ),
        (),
        (
            (COMPUTER, "ip -4 address show dev eth0 | grep -q inet"),
            (PRINTER, "ip -4 route show default | grep -q ."),
        ),
        frozenset(),
    ),
    Step(
        "mostly",
        _("2. IPv6-mostly: who can, does without IPv4"),
        (
            _("The router tells where its translator is, and who asks may do without IPv4."),
            _("The computer is new and does; the printer does not ask, and keeps its address."),
        ),
        ((COMPUTER, "systemctl restart v6mostly@eth0"),),
        (
            (COMPUTER, 'v6mostly --status eth0 | grep -q \'"clat": "\''),
            (COMPUTER, "! ip -4 address show dev eth0 | grep -q inet"),
        ),
        frozenset({"print"}),
        solution=True,
    ),
    Step(
        "only",
        _("3. IPv6-only: the LAN has no IPv4 any more"),
        (
            _("The router gives its IPv4 address in this LAN up, and leases none."),
            _("The computer does not notice: for old programs it has 464XLAT."),
        ),
        (
            (
                ROUTER,
                "sed -i '/pilot/d' /etc/dnsmasq.d/leases.conf\n"
                "systemctl restart dnsmasq\n"
                "ip -4 address flush dev pilot",
            ),
            (PRINTER, "systemctl restart dhcpcd"),
        ),
        ((PRINTER, "! ip -4 address show dev eth0 | grep -q inet"),),
        frozenset({"print", "scan"}),
    ),
    Step(
        "bare",
        _("4. The same, and a computer without 464XLAT"),
        (
            _("Not every system translates for its own programs."),
            _("Names lead to the translator still; an address that is built in does not."),
        ),
        ((COMPUTER, "systemctl stop v6mostly@eth0"),),
        ((COMPUTER, "! ip -4 route show default | grep -q ."),),
        frozenset({"literal", "print", "scan"}),
    ),
)

NEEDS4 = "ipv6lab needs4"
ADVICE = (
    _("By name everything works in every step: that is what a translator and DNS64 are for."),
    _("Programs with an IPv4 address built in: 464XLAT carries them; have them mended."),
    _("What knows IPv4 alone, as this printer: a print server with both, or IPv6-mostly."),
    _("Before you switch IPv4 off: {command} lists who still uses it, and why.", command=NEEDS4),
)


class Tour:
    """The demonstration on a lab that is built for it; `seen` has each step's probes."""

    def __init__(self, lab: Lab, place: Place) -> None:
        self._lab = lab
        self._place = place
        self._printer = ""
        self.seen: dict[str, list[Seen]] = {}

    @staticmethod
    @contextlib.contextmanager
    def begun(kernel: str | None) -> Iterator[Tour]:
        """Build the office in a sandbox that ends with the block."""
        from ipv6lab import sandbox

        place = Place.of(EXERCISE, None)
        chosen = sandbox.choose(place.exercise.needs, kernel).kernel
        with sandbox.throwaway(chosen, len(place.nodes)) as lab:
            place.build(lab)
            yield Tour(lab, place)

    def changed(self, step: Step) -> Iterator[tuple[str, str]]:
        """What a step changes, as one sees it: nodes and files or commands, before it is done."""
        if step.solution:
            for file in self._solution()["files"]:
                yield str(file["node"]), f"/{file['path']}"
        for node, script in step.changes:
            for line in script.splitlines():
                yield node, line

    def enter(self, step: Step) -> None:
        """Change the office, and wait until it has become so. Raises LabError if it does not."""
        if step.solution:
            self._lab.request("apply", **self._solution())
        for node, script in step.changes:
            works, said = self._do(node, f"set -e\n{script}")
            if not works:
                raise LabError(_("{node} could not be changed: {said}", node=node, said=said))
        for node, script in step.ready:
            loop = f"timeout {READY} sh -c 'until {_quoted(script)}; do sleep 0.2; done'"
            if not self._do(node, loop)[0]:
                raise LabError(
                    _("{node} did not become ready within {seconds} s.", node=node, seconds=READY)
                )
        if not self._printer:
            self._printer = self._address_of(PRINTER)

    def probe(self, step: Step) -> Iterator[Seen]:
        """Try everything, one after the other; what is seen is kept in `seen`."""
        found = self.seen[step.key] = []
        for one in PROBES:
            works, said = self._do(one.node, self.command(one))
            found.append(Seen(one, works, said))
            yield found[-1]

    def command(self, probe: Probe) -> str:
        """A probe's command with the addresses and names of this office."""
        values = {**self._place.plan, "printer": self._printer}
        return _PLACE.sub(lambda found: values[found[1]], probe.command)

    @contextlib.contextmanager
    def counted(self) -> Iterator[Counter[int]]:
        """The frames on the LAN meanwhile, by version of IP (ARP is IPv4's); known at the end."""
        channel = self._lab.open(
            "capture", node=LAN, interface=None, filter=None, count=None, seconds=None
        )
        counts: Counter[int] = Counter()
        events = iter(channel)
        _kind, head = next(events)  # it has begun
        try:
            yield counts
        finally:
            channel.signal(signal.SIGINT)
            counts.update(_versions(head + b"".join(part for kind, part in events if kind == "O")))

    def as_expected(self, step: Step) -> bool:
        """Whether that and only that is broken which a step breaks."""
        return {one.probe.key for one in self.seen[step.key] if not one.works} == step.breaks

    def _solution(self) -> dict[str, Any]:
        folder = self._place.content.solutions / EXERCISE / REFERENCE
        return dict(self._place.read(folder))

    def _address_of(self, node: str) -> str:
        interfaces = self._lab.request("addresses")["nodes"][node]
        for one in interfaces["eth0"]["addresses"]:
            if ":" not in one:
                return str(one).partition("/")[0]
        raise LabError(_("{node} has no IPv4 address.", node=node))

    def _do(self, node: str, script: str) -> tuple[bool, str]:
        """Run a script on a node; whether it went well, and the line of it that says most."""
        channel = self._lab.open("exec", node=node, argv=["sh", "-c", script])
        channel.end_input()
        told, status = b"", 1
        for kind, data in channel:
            if kind in "OS":
                told += data
            elif kind == "X":
                status = int(data["status"])
        lines = [
            line.strip() for line in told.decode(errors="replace").splitlines() if line.strip()
        ]
        best = [line for line in lines if " bytes from " in line or "packets transmitted" in line]
        return status == 0, (best or lines[-1:] or [""])[0]


def _versions(capture: bytes) -> Iterator[int]:
    """The version of IP of each frame of a capture file."""
    for record in Reader().feed(capture):
        frame = link_layer(record.octets)
        if frame is not None and frame.kind in ETHERTYPES:
            yield ETHERTYPES[frame.kind]


def _quoted(script: str) -> str:
    return script.replace("'", "'\\''")


def counted_words(counts: Counter[int]) -> Message:
    """What the LAN carried meanwhile."""
    return _(
        "On the LAN meanwhile: {six} frames of IPv6, {four} of IPv4 and ARP.",
        six=counts[6],
        four=counts[4],
    )


def table(tour: Tour, tr: Callable[[Message], str]) -> Iterator[tuple[str, list[str]]]:
    """Each probe in words, with a sign for each step that was tried."""
    for at, probe in enumerate(PROBES):
        signs = [
            mark("passed" if tour.seen[step.key][at].works else "failed").sign
            for step in STEPS
            if step.key in tour.seen
        ]
        yield f"{probe.node} {tr(probe.what)}", signs
