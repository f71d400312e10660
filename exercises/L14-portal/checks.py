"""What a portal needs that is to be the same over IPv6 as over IPv4: it is found, reached, equal,
and as well protected; whoever asked is written down; and nobody with IPv4 notices anything."""

import re
import secrets
import time
from contextlib import ExitStack
from difflib import SequenceMatcher
from functools import cache
from ipaddress import IPv6Network, ip_address
from urllib.parse import urlsplit

from ipv6lab.grading import (
    Blocked,
    Failed,
    _,
    control,
    must,
    must_not,
    require,
    require_none,
    still,
)
from ipv6lab.probes.acts.listener import standing_in
from ipv6lab.probes.asks import names, openports, web
from ipv6lab.probes.seen import nodefiles
from ipv6lab.probes.seen.filters import TCP

LOG = "/var/log/nginx/portal.log"
LONG = 120  # seconds for a check on the lab kernel, whose one processor does all the encryption
PATIENCE = 8  # seconds for an answer, of a machine that has much else to do
LOGGED = 3  # seconds until a request that was answered is in the log
LOOK = 0.1  # seconds between two looks at it
ALIKE = 0.9  # of two pages that count as one (internet.nl's "same website on IPv6 and IPv4")
PORTAL = (80, 443, 8443)  # its ports, for everybody
MONITOR = 9100  # of www, for the DMZ alone
SERVICES = 8080  # of old4, for the DMZ alone
PARTS = {"/", "/style.css", "/anh/logo.svg", "/anh/hoa-van.svg"}
BEHIND = ("www", "rproxy", "ns1", "nms", "old4")  # who stands behind the firewall
# Where nobody listens yet, and tomorrow perhaps somebody will: the grader stands in for him.
TOMORROW = 22
# Ports that are tried beside those that somebody listens on: the firewall could lead elsewhere.
USUAL = {TOMORROW, 25, 8080, *PORTAL}
# What differs between two answers of one server to one request.
VOLATILE = {"date", "connection", "keep-alive", "transfer-encoding", "content-length"}
GLOBAL = IPv6Network("2000::/3")


# Who asks, and where the portal is


def portal_names(lab):
    return (lab.plan.agency.domain, lab.plan.www.name)


def client(lab, family):
    """A client in the Internet that has this family alone."""
    return lab.node(f"cli{family}")


@cache
def addresses(lab, name, family):
    """The addresses of a name that a client of this family gets from ns1 over it, asked once."""
    kind, server = ("AAAA", "ns1.address") if family == 6 else ("A", "ns1.address4")
    reply = names.query(client(lab, family), lab.plan[server], name, kind, within=PATIENCE)
    return [ip_address(one.address) for one in reply.records(kind)]


def lookup(lab, family):
    """How a browser of that client finds addresses."""
    return lambda name: addresses(lab, name, family)


def get(visitor, url, address, trust=None):
    """What a visitor gets for a URL at an address."""
    return web.get(visitor, url, address, trust, PATIENCE)


def opened(asked, expected=()):
    """Which targets are open; those that are expected to be get more time than others to say so."""
    found = openports.scan(asked)
    return found | openports.scan([one for one in expected if one not in found], PATIENCE)


def published(lab):
    """Where the portal is over IPv6: each name with an address of it. Blocked by M1 if nowhere."""
    found = [(name, one) for name in portal_names(lab) for one in addresses(lab, name, 6)]
    if not found:
        raise Blocked("M1", _("The portal has no IPv6 address yet."))
    return found


def portals(lab):
    """The portal's IPv6 addresses, each once, with one of its names."""
    return {address: name for name, address in reversed(published(lab))}.items()


def owner(lab, address):
    """The node that has an address."""
    for name in lab.fabric.nodes:
        if any(one.address == address for one in lab.node(name).addresses(family=address.version)):
            return lab.node(name)
    raise Failed(_("{address} is published, and no machine here has it.", address=address))


def fresh(place="/dvc/"):
    """A path that nobody has asked for before; the old application repeats what it was asked."""
    return f"{place}tra-cuu-{secrets.token_hex(8)}"


def over_ipv4(lab, url):
    """What cli4 gets for a URL, to compare with. Blocked by S1 where it gets nothing."""
    name = urlsplit(url).hostname
    try:
        [address, *_others] = addresses(lab, name, 4)
        return get(client(lab, 4), url, address)
    except (Failed, ValueError):
        raise Blocked(
            "S1", _("{url} cannot be had over IPv4, so there is nothing to compare with.", url=url)
        ) from None


# It is found and reached


@must("M1", weight=10, deadline=LONG)
def the_portal_has_an_ipv6_address(lab):
    """Both names of the portal have an IPv6 address that holds in the whole Internet."""
    for name in portal_names(lab):
        found = addresses(lab, name, 6)
        require(found, _("ns1 has no AAAA record for {name}.", name=name))
        require_none(
            found,
            lambda one, name=name: _(
                "{name} has the address {address}, with which nobody outside can do anything.",
                name=name,
                address=one,
            ),
            lambda one: one not in GLOBAL,
        )


@must("M2", weight=15, deadline=LONG)
def the_portal_is_reached(lab):
    """cli6, which has no IPv4, reaches ports 80 and 443 at every published address."""
    cli6 = client(lab, 6)
    asked = [
        one
        for address, _name in portals(lab)
        for one in openports.targets(cli6, [address], (80, 443))
    ]
    found = openports.scan(asked)
    for one in asked:
        if one not in found:
            # Once more, and to say where the way ends.
            cli6.open_port(owner(lab, one.address), one.address, one.port)


@must("M3", weight=10, deadline=LONG, needs="M2")
def what_ipv4_has_ipv6_has(lab):
    """Every port of the portal that is open over IPv4 is open over IPv6."""
    four, six = ports_of_the_portal(lab)
    require_none(
        sorted(four),
        lambda port: _("Port {port} of the portal is open over IPv4 and not over IPv6.", port=port),
        lambda port: any(port not in ports for ports in six.values()),
    )


def ports_of_the_portal(lab):
    """What is open over IPv4 at any address, and over IPv6 at each of them."""
    listened = {port for name in ("www", "rproxy") for port in openports.listening(lab.node(name))}
    old = {one for name in portal_names(lab) for one in addresses(lab, name, 4)}
    new = [address for address, _name in portals(lab)]
    asked = openports.targets(client(lab, 4), old, listened | USUAL)
    four = {one.port for one in openports.scan(asked)}
    found = openports.scan(openports.targets(client(lab, 6), new, four), PATIENCE)
    six = {address: {one.port for one in found if one.address == address} for address in new}
    return four, six


# It is the same


@must("M4", weight=15, deadline=LONG, needs="M2")
def the_portal_is_the_same(lab):
    """Both names give over IPv6 the pages that they give over IPv4, large ones too."""
    for name, address in published(lab):
        nonce = fresh()
        for url in (f"https://{name}{nonce}", f"https://{name}/", f"http://{name}/"):
            four = over_ipv4(lab, url)
            try:
                six = get(client(lab, 6), url, address)
            except Failed:
                if urlsplit(url).path != "/":
                    raise
                too_large(lab, name, address)
                raise
            same(url, four, six)


def too_large(lab, name, address):
    """Fail for this reason if small answers arrive and only large ones do not."""
    get(client(lab, 6), f"https://{name}{fresh()}", address)
    raise Failed(
        _(
            "Over IPv6, small pages from {address} arrive at cli6 and large ones do not: their "
            "packets are too big for a link on the way, and the sender is not told.",
            address=address,
        )
    )


def same(url, four, six):
    """Two answers to one question, over IPv4 and over IPv6."""
    require(
        four.status == six.status,
        _(
            "{url} gives status {six} over IPv6 and {four} over IPv4.",
            url=url,
            six=six.status,
            four=four.status,
        ),
    )
    differing = (four.headers.keys() ^ six.headers.keys()) - VOLATILE
    require(
        not differing,
        _(
            "{url} comes with different headers over IPv4 and IPv6: {headers}.",
            url=url,
            headers=", ".join(sorted(differing)),
        ),
    )
    old, new = (one.body.decode("utf-8", "replace") for one in (four, six))
    require(
        # What the old application says of a question nobody asked before is no matter of taste.
        old == new
        if urlsplit(url).path != "/"
        else SequenceMatcher(None, old, new, autojunk=False).quick_ratio() >= ALIKE,
        _("{url} shows another page over IPv6 than over IPv4.", url=url),
    )


@must("M5", weight=10, deadline=LONG, needs="M2")
def the_way_to_https_works(lab):
    """Over IPv6, HTTP leads to HTTPS at the same name and path, and there is the page."""
    cli6 = client(lab, 6)
    for name, address in published(lab):
        path = fresh()
        plain = get(cli6, f"http://{name}{path}?ngon-ngu=vi", address)
        require(
            plain.location,
            _("http://{name} at {address} does not lead to HTTPS.", name=name, address=address),
        )
        leads = urlsplit(plain.location)
        require(
            (leads.scheme, leads.hostname) == ("https", name),
            _(
                "http://{name} at {address} leads to {url}, not to HTTPS at the same name.",
                name=name,
                address=address,
                url=plain.location,
            ),
        )
        page = get(cli6, plain.location, address)
        require(
            page.status == 200 and f"{path}?ngon-ngu=vi".encode() in page.body,
            _(
                "http://{name} at {address} leads to {url}, which is not the page that was wanted.",
                name=name,
                address=address,
                url=plain.location,
            ),
        )


@must("M6", weight=5, deadline=LONG, needs="M2")
def the_certificate_is_the_same(lab):
    """Over IPv6 the portal shows the certificate that it shows over IPv4, valid for both names."""
    for name, address in published(lab):
        url = f"https://{name}{fresh()}"
        own = over_ipv4(lab, url)
        shown = get(client(lab, 6), url, address)
        require(
            shown.public_key == own.public_key,
            _(
                "{name} shows at {address} another certificate than over IPv4.",
                name=name,
                address=address,
            ),
        )
        get(client(lab, 6), url, address, trust=shown.certificate)


@must("M7", weight=15, deadline=LONG, needs="M2")
def visitors_are_written_down(lab):
    """The portal's log and the old application learn the IPv6 address of who asks."""
    for name, address in published(lab):
        written_down(lab, client(lab, 6), name, address)


def written_down(lab, visitor, name, address):
    """What a visitor is answered whose own address gets into the log and to the old application."""
    path = fresh()
    old4 = lab.node("old4")

    def passed_on(packet):
        return not packet.sent and packet.node == old4.name and path.encode() in packet.frame

    with lab.link("srv").capture(passed_on, TCP) as capture:
        response = get(visitor, f"https://{name}{path}", address)
        asked = capture.wait(lab.record.until(1))
    require(
        response.status == 200 and path.encode() in response.body and asked,
        _(
            "The online services (/dvc/) of {name} do not answer at {address}.",
            name=name,
            address=address,
        ),
    )
    lab.record.add("forwarded", "srv", _("What old4 is asked."), {"path": path}, capture.packets)
    lines = asked.ip.payload.decode("latin-1").split("\r\n")
    told = [line.partition(":")[2] for line in lines if line.lower().startswith("x-forwarded-for:")]
    require(
        response.source in mentioned(" ".join(told)),
        _(
            "{node} asks the online services at {address}, and X-Forwarded-For tells old4 "
            "{told} instead of {source}.",
            node=visitor.name,
            address=address,
            told=", ".join(one.strip() for one in told) or "—",
            source=response.source,
        ),
    )
    entry = logged(lab, response.node, path)
    require(
        entry is not None,
        _(
            "{node} took a request at {address} and wrote nothing of it into {file}.",
            node=response.node or "?",
            address=address,
            file=LOG,
        ),
    )
    require(
        response.source in mentioned(entry),
        _(
            "{node} asked from {source}; in {file} of {server} stands: {line}",
            node=visitor.name,
            source=response.source,
            file=LOG,
            server=response.node,
            line=entry,
        ),
    )
    return response


def mentioned(text):
    """The addresses that stand in a text, an IPv4-mapped one as what it stands for."""
    found = set()
    for word in re.findall(r"[0-9A-Fa-f:.]+", text):
        try:
            address = ip_address(word)
        except ValueError:
            continue
        found.add(getattr(address, "ipv4_mapped", None) or address)
    return found


def logged(lab, node, path):
    """The line about a request in the portal's log on the node that took it; None if none."""
    if node is None:
        return None
    until = lab.record.until(LOGGED)
    while True:
        text = (nodefiles.read(lab.node(node).namespace, LOG) or b"").decode("utf-8", "replace")
        for line in reversed(text.splitlines()):
            if path in line:
                return line
        if time.monotonic() >= until:
            return None
        time.sleep(LOOK)  # a file of another mount namespace tells nobody of its changes


@must("M8", weight=10, deadline=LONG, needs="M2")
def the_whole_page_loads(lab):
    """cli6 loads the page with all that belongs to it, though it has no IPv4."""
    whole(lab, 6)


def whole(lab, family):
    """The page and its parts, all loaded by a client of this family alone."""
    objects = web.load(
        client(lab, family), f"https://{lab.plan.www.name}/", lookup(lab, family), family, PATIENCE
    )
    for one in objects:
        if one.failure is not None:
            raise Failed(one.failure)
        require(
            one.loaded,
            _(
                "The page needs {url}, which cli{family} cannot have: status {status}.",
                url=one.url,
                family=family,
                status=one.response.status,
            ),
        )
    return objects


@must("M9", weight=5, deadline=LONG, needs="M2")
def the_bare_address_leads_there(lab):
    """Whoever types the IPv6 address instead of a name comes to the portal, too."""
    cli6 = client(lab, 6)
    for address, name in portals(lab):
        bare(lab, cli6, address, get(cli6, f"https://{name}/", address))


def bare(lab, visitor, address, page):
    """From the bare address one gets, perhaps by a redirect, to the portal's page."""
    url = f"http://[{address}]/" if address.version == 6 else f"http://{address}/"
    objects = web.load(visitor, url, lookup(lab, address.version), address.version, PATIENCE)
    if objects[0].failure is not None:
        raise Failed(objects[0].failure)
    require(
        objects[0].response.body == page.body,
        _("{url} does not show the portal, but something else.", url=url),
    )


@must("M10", weight=5, deadline=LONG, needs="M2")
def editors_get_in_and_others_do_not(lab):
    """Over IPv6 too, /quantri/ opens for the whole management VLAN and for nobody else."""
    management = lab.plan.management
    with lab.link("mgmt").fresh_host(management.prefix, management.router, "new-editor") as editor:
        for name, address in published(lab):
            url = f"https://{name}/quantri/"
            inside = get(editor, url, address)
            require(
                inside.status == 200,
                _(
                    "{url} at {address} is closed to a machine of the management VLAN: status "
                    "{status}.",
                    url=url,
                    address=address,
                    status=inside.status,
                ),
            )
            forbidden(client(lab, 6), url, address, get(client(lab, 6), url, address))
            # One of the agency's own machines, and no editor's either; it need not get there.
            try:
                inner = get(lab.node("ns1"), url, address)
            except Failed:
                continue
            forbidden(lab.node("ns1"), url, address, inner)


def forbidden(visitor, url, address, answer):
    """Whoever is no editor is told so."""
    require(
        answer.status == 403,
        _(
            "{url} at {address} is not forbidden to {node}: status {status}.",
            url=url,
            address=address,
            node=visitor.name,
            status=answer.status,
        ),
    )


# It is as well protected


@must_not("N1", weight=20, deadline=LONG)
def nothing_is_open_over_ipv6_alone(lab):
    """Behind the firewall nothing is open to the Internet over IPv6 that is not over IPv4."""
    asked = []
    for name in BEHIND:
        node = lab.node(name)
        ports = openports.listening(node) | USUAL
        for version in (4, 6):
            own = [
                one.address
                for one in node.addresses(family=version)
                if version == 4 or one.address in GLOBAL
            ]
            own = [one for one in own if not one.is_loopback]
            asked += openports.targets(client(lab, version), own, ports)
    portal = {address for address, _name in portals(lab)}
    www = lab.node("www")
    offered = openports.targets(client(lab, 6), portal, PORTAL)
    near = openports.targets(lab.node("ns1"), [lab.plan.www.address], [MONITOR])
    firewall = lab.node("hq-fw")
    for version in (4, 6):
        own = {one.address for one in firewall.addresses(family=version)}
        outer = [one for one in own if not one.is_loopback and not one.is_link_local]
        asked += openports.targets(client(lab, version), outer, [TOMORROW])
    with ExitStack() as standing:
        for name in (*BEHIND, firewall.name):
            standing.enter_context(standing_in(lab.node(name), TOMORROW))
        found = opened(dict.fromkeys([*asked, *offered, *near]), [offered[0], *near])
    control(
        any(one in found for one in offered),
        by="M2",
        message=_("Nothing of the portal is open over IPv6 yet."),
    )
    control(
        found.get(near[0]) == www.name,
        by="S1",
        message=_(
            "{node} does not answer on port {port} inside of the DMZ either.",
            node=www.name,
            port=MONITOR,
        ),
    )
    for name in (*BEHIND, firewall.name):
        own = {one.address for one in lab.node(name).addresses()}
        four = {one.port for one in found if one.address in own and one.address.version == 4}
        for one in found:
            if one in near or one.address not in own or one.address.version == 4:
                continue
            require(
                one.port in four or (one.address in portal and one.port in PORTAL),
                _(
                    "Port {port} of {node} is open to the Internet over IPv6, and over IPv4 it is "
                    "not.",
                    port=one.port,
                    node=name,
                ),
            )


@must_not("N2", weight=10, deadline=LONG)
def the_firewall_is_no_portal(lab):
    """No address of the firewall itself answers for the portal."""
    own = {one.address for one in lab.node("hq-fw").addresses(family=6) if one.address in GLOBAL}
    portal = {address for address, _name in portals(lab)}
    offered = openports.targets(client(lab, 6), portal, PORTAL)
    found = opened(openports.targets(client(lab, 6), own | portal, PORTAL), offered[:1])
    control(
        any(one.address in portal for one in found),
        by="M2",
        message=_("Nothing of the portal is open over IPv6 yet."),
    )
    require_none(
        found,
        lambda one: _(
            "hq-fw's own address {address} takes connections on port {port}.",
            address=one.address,
            port=one.port,
        ),
        lambda one: one.address in own,
    )


# And nobody with IPv4 notices anything


@still("S1", weight=20, deadline=LONG)
def ipv4_works_as_before(lab):
    """Over IPv4 the portal, its log, its protection and the DMZ's own port are as before."""
    cli4, nms = client(lab, 4), lab.node("nms")
    for name in portal_names(lab):
        found = addresses(lab, name, 4)
        require(found, _("{name} has no IPv4 address any more.", name=name))
        for address in found:
            plain = get(cli4, f"http://{name}/", address)
            require(
                plain.location == f"https://{name}/",
                _("Over IPv4, http://{name} does not lead to HTTPS as it did.", name=name),
            )
            page = get(cli4, f"https://{name}/", address)
            get(cli4, f"https://{name}/", address, trust=page.certificate)
            title = f"<title>{lab.plan.agency.name}</title>"
            require(
                page.status == 200 and title.encode() in page.body,
                _("Over IPv4, https://{name} does not show the portal's page.", name=name),
            )
            bare(lab, cli4, address, page)
            service = written_down(lab, cli4, name, address)
            require(
                f"<p>{name} ".encode() in service.body,
                _("Over IPv4, old4 is no longer told which name was asked for: {name}.", name=name),
            )
            for visitor, wanted in ((cli4, 403), (nms, 200)):
                answer = get(visitor, f"https://{name}/quantri/", address)
                require(
                    answer.status == wanted,
                    _(
                        "Over IPv4, {node} gets status {status} for /quantri/ of {name}.",
                        node=visitor.name,
                        status=answer.status,
                        name=name,
                    ),
                )
    the_same_ports(lab)


def the_same_ports(lab):
    """From outside the portal's three ports are open over IPv4; from the DMZ the monitor, too."""
    cli4, ns1, www = client(lab, 4), lab.node("ns1"), lab.node("www")
    own = (lab.plan.www.address, lab.plan.www.address4)
    old = {one for name in portal_names(lab) for one in addresses(lab, name, 4)}
    outside = openports.targets(cli4, old, {*PORTAL, MONITOR, *openports.listening(www)})
    outside += openports.targets(cli4, [lab.plan.old4.address4], [SERVICES])
    inside = openports.targets(ns1, own, [MONITOR])
    expected = [*inside, *(one for one in outside if one.port in PORTAL)]
    found = opened([*outside, *inside], expected)
    for one in outside:
        require(
            (one in found) == (one.port in PORTAL),
            _("Over IPv4, port {port} of the portal is no longer what it was.", port=one.port)
            if one.port != SERVICES
            else _("Over IPv4, old4 is open to the Internet on port {port}.", port=one.port),
        )
    for one in inside:
        require(
            found.get(one) == www.name,
            _(
                "Inside of the DMZ, nobody answers at {address} on port {port} any more.",
                address=one.address,
                port=one.port,
            ),
        )


@still("S2", weight=10, deadline=LONG)
def a_client_without_ipv6_gets_all(lab):
    """cli4 loads the page with all that belongs to it, though it has no IPv6."""
    loaded = {urlsplit(one.url).path for one in whole(lab, 4)}
    missing = sorted(PARTS - loaded)
    require(
        not missing,
        _("{path} is no longer part of the page.", path=", ".join(missing)),
    )
