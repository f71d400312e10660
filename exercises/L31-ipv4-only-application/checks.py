"""A hired application treats both protocols alike: whom it hears, what it writes down, whom it lets
in, how much it takes of whom, whom it calls. All is asked of it; nobody reads its code."""

import hashlib
from ipaddress import ip_address, ip_network

from ipv6lab.expect import application, audits, measuring
from ipv6lab.expect.application import Application
from ipv6lab.grading import must, must_not, still

DEADLINE = 90
INTAKE = Application(
    node="app",
    port=8080,
    front="rproxy",
    offices="web-ext",
    office_port=8081,
    share=20,
    window=60,
)
UNION = ("3fff:e:4a80::/41", "203.0.113.192/27")  # the offices' own networks
OFFICES = ("new", "old", "six-gone", "four-gone")
CUT = "2001"  # what had been recorded of a client with IPv6
LAST = 60  # number that was given before
TESTS = tuple("abcdefghi")
SHOWS = {"listen": "a", "limit": "b", "record": "c", "list": "d", "call": "e", "office": "f"}
SHOW_NOTHING = ("g", "h", "i")


def allowed(lab):
    """The networks whose clients may open /admin."""
    plan = lab.plan
    own = (plan.staff.prefix, plan.staff.prefix4, plan.pilot.prefix)
    return [*own, *map(ip_network, UNION)]


def day(number):
    return f"2026-10-{1 + number // 4:02}"


def records(lab):
    """What had come in before: some were withdrawn, and IPv6 clients were cut at their colon."""
    return {
        number: {
            "number": number,
            "at": f"{day(number)} 08:00:00",
            "client": CUT if number % 9 == 0 else client(number),
            "text": f"Hồ sơ {mark(lab, number)}",
        }
        for number in range(1, LAST + 1)
        if number % 7 and number <= 57
    }


def client(number):
    return f"198.18.10.{100 + number % 10}"


def mark(lab, number):
    return hashlib.sha256(f"{lab.plan['secret.seal']}/{number}".encode()).hexdigest()[:12]


def old_clients(lab):
    """Clients of old records that are written whole, with the numbers of these."""
    known = records(lab)
    whole = {record["client"] for record in known.values()} - {CUT}
    return {
        ip_address(one): [number for number, record in known.items() if record["client"] == one]
        for one in whole
    }


@must("M1", weight=10)
def it_is_reached(lab):
    """Clients with IPv6 reach the application, straight and by the front."""
    application.reached(lab, INTAKE, ("n6pc1", "pc1"), "pilot")


@must("M2", weight=15, needs="M1")
def it_knows_who_asks(lab):
    """Each client is recorded as RFC 5952 writes its address, and mapped ones as IPv4."""
    application.knows_who_asks(lab, INTAKE, ("n6pc1", "pc1"), "pilot")


@must("M3", weight=10, needs="M1")
def one_client_is_one(lab):
    """One client is one client, in whichever way its address is written."""
    application.is_one_client(lab, INTAKE, old_clients(lab), allowed(lab))


@must("M4", weight=15, needs="M1")
def the_list_holds(lab):
    """All clients of the networks on the list are let in to /admin, and all others kept out."""
    application.lets_in(lab, INTAKE, allowed(lab), inside=("n6pc1", "pc1"), outside="web-ext")


@must("M5", weight=15, needs="M1")
def the_limiter_holds(lab):
    """A /64 of IPv6 has one share of records, like an IPv4 address; two of them have two."""
    application.limits_each_client(lab, INTAKE)


@must("M6", weight=10, needs="M1", alone=True)
def it_calls_back(lab):
    """Call-backs to addresses of both protocols arrive, with a port and without."""
    application.calls_back(
        lab, INTAKE, "n6pc1", new=["new.offices.example.net"], old=["old.offices.example.net"]
    )


@must("M7", weight=10, needs="M1", alone=True)
def it_asks_offices(lab):
    """Offices with one protocol alone are asked, and within 2 s those with a dead address."""
    application.asks_offices(lab, INTAKE, OFFICES, "n6pc1")


@must("M8", weight=10, needs="M1", alone=True)
def the_report_counts_all(lab):
    """The day's report counts every request, of both protocols, and each client once."""
    application.reports(lab, INTAKE, six="n6pc1", four="old4")


@must("M9", weight=5)
def the_next_contract_asks(lab):
    """It is known which acceptance test shows which fault, and which tests show none."""
    for fault, letter in SHOWS.items():
        measuring.choice_is(lab, f"test-{fault}", letter, among=TESTS)
    audits.choices_are(lab, "tests-without-use", set(SHOW_NOTHING), among=TESTS)


@must_not("N1", weight=20)
def nobody_gets_in_by_spelling(lab):
    """Nobody is let in by how an address is written."""
    application.lets_nobody_in_by_spelling(lab, INTAKE, allowed(lab))


@must_not("N2", weight=20)
def nobody_is_believed_but_the_front(lab):
    """What a client says of itself (X-Forwarded-For) changes nothing."""
    application.believes_nobody_else(lab, INTAKE, allowed(lab), ("n6pc1", "pc1", "old4"), "dmz")


@still("S1", weight=20)
def nothing_old_is_lost(lab):
    """The old records and reports are there, unchanged, and no number is given twice."""
    application.keeps_records(lab, INTAKE, records(lab), LAST)
    days = {day(number): 4 for number in (4, 12, 20, 28) if not unread(number)}
    application.keeps_reports(lab, INTAKE, days)


@still("S2", weight=20)
def ipv4_is_as_before(lab):
    """Over IPv4 everything works as it did."""
    application.serves_ipv4(
        lab, INTAKE, "pc1", "old4", old=old_clients(lab), named="old.offices.example.net"
    )


def unread(number):
    """Whether a line of that day had a client that no report could read."""
    return any(one % 9 == 0 for one in range(number, number + 4))
