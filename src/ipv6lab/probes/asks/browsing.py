"""Web pages as a client of one family gets them: by address and by name, with all that they need.

Requests leave from a node's own network namespace; names are looked up where the check says, never
on this machine. Whoever took the connection is told by the fabric.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urljoin, urlsplit

from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen import filters
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import TCP
from ipv6lab.words import pageparts
from ipv6lab.words.message import Message, _

WITHIN = 3.0  # seconds for one response
AGAIN = 0.3  # seconds until a connection that was refused is tried again
HANDSHAKE = 3.0  # seconds after which a TLS handshake has stalled
SMALL_GROUP = "prime256v1"  # for key exchange: every ClientHello and answer then fits one packet
BODY = 4 << 20  # octets of a body that are read
FORM = b"tu-khoa=ipv6"
REDIRECTS = 5
OBJECTS = 100  # of one page
PORTS = {"http": 80, "https": 443}
SYN, ACK = 0x02, 0x10
VERSION = 0xA0  # the tag of a certificate's version

IPAddress = IPv4Address | IPv6Address
Lookup = Callable[[str], Iterable[object]]


@dataclass(frozen=True)
class Response:
    """What came back. `node` took the connection; `source` is the address that we asked from.

    `headers` have lower-case names. `certificate` is the server's, in DER, None without TLS.
    `whole` says that it came as today's browsers ask; else a client had to keep the TLS handshake
    small, since large packets were lost. `seconds` is how long it took, from the connection on.
    """

    url: str
    node: str | None
    source: IPAddress
    status: int
    headers: dict[str, str]
    body: bytes
    certificate: bytes | None
    whole: bool = True
    seconds: float = 0.0

    @property
    def digest(self) -> str:
        """SHA-256 of the body."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def public_key(self) -> bytes | None:
        """The key that the certificate is for (SubjectPublicKeyInfo, RFC 5280 section 4.1), in DER.

        A certificate made anew with the same key differs in its date and signature, not in this.
        """
        if self.certificate is None:
            return None
        fields = _elements(_elements(self.certificate)[0])
        # Before it: serial number, signature, issuer, validity, subject; and a version but in v1.
        return fields[6 if fields[0][0] == VERSION else 5]

    @property
    def location(self) -> str | None:
        """Where a redirect leads, as a whole URL; None for any other response."""
        found = self.headers.get("location")
        if found is None or self.status not in (301, 302, 303, 307, 308):
            return None
        return urljoin(self.url, found)


def get(
    node: Vantage,
    url: str,
    address: object = None,
    trust: bytes | None = None,
    within: float = WITHIN,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    old: bool = False,
) -> Response:
    """Ask for a URL at an address, with the URL's name in Host and SNI; follows no redirect.

    A POST carries one field of a form. `old` knows no TLS newer than 1.2.

    Without `address` the URL's host has to be an address itself. `trust` is a certificate in DER
    that the server's has to be (or be signed by), for the URL's name and now; without it any is
    taken. While nobody takes the connection it asks again. Raises Failed.

    A TLS handshake begins with the key exchange that browsers offer (X25519MLKEM768, a ClientHello
    of some 1,600 octets); where it gets no answer, once more with a small one.
    """
    return _Request(node, url, address, trust, headers or {}, method, old).run(within)


@dataclass(frozen=True)
class Object:
    """Part of a page: its URL, and the response or the reason why there is none."""

    url: str
    response: Response | None
    failure: Message | None

    @property
    def loaded(self) -> bool:
        return self.response is not None and self.response.status == 200


def load(
    node: Vantage, url: str, lookup: Lookup, family: int = 6, within: float = WITHIN
) -> list[Object]:
    """A page and everything that a browser fetches for it, the page first.

    `lookup` gives the addresses of a name; only those of one `family` are used, and a URL with an
    address of the other family cannot be fetched at all. Follows redirects. Each response may take
    `within` seconds.
    """
    page = _fetch(node, url, lookup, family, within)
    objects = [page]
    if page.response is not None:
        parts = _parts(page.response)
        while parts and len(objects) < OBJECTS:
            part = parts.pop(0)
            if any(one.url == part for one in objects):
                continue
            objects.append(_fetch(node, part, lookup, family, within))
            found = objects[-1].response
            if found is not None and "css" in found.headers.get("content-type", ""):
                parts += _parts(found)
    return objects


def _fetch(node: Vantage, url: str, lookup: Lookup, family: int, within: float) -> Object:
    at = url
    try:
        for _number in range(REDIRECTS):
            response = get(node, at, _address(node, at, lookup, family), within=within)
            if response.location is None:
                return Object(url, response, None)
            at = response.location
    except Failed as failed:
        return Object(url, None, failed.message)
    return Object(url, None, _("{url} leads from one redirect to the next.", url=url))


def _address(node: Vantage, url: str, lookup: Lookup, family: int) -> IPAddress:
    host = urlsplit(url).hostname or ""
    values: dict[str, str | int | float] = {"node": node.name, "url": url, "family": family}
    try:
        found = [ip_address(host)]
    except ValueError:
        found = [ip_address(str(one)) for one in lookup(host)]
    usable = [one for one in found if one.version == family]
    if not usable:
        raise Failed(_("{node} cannot fetch {url}: it leads to no IPv{family} address.", **values))
    return usable[0]


def _parts(response: Response) -> list[str]:
    """The URLs of what belongs to a page or a style sheet."""
    text = response.body.decode("utf-8", "replace")
    found = re.findall(r"""url\(\s*["']?([^"')]+)""", text)
    if "html" in response.headers.get("content-type", ""):
        found += pageparts.parts(text)
    return [
        urljoin(response.url, one) for one in found if not one.startswith(("data:", "#", "about:"))
    ]


def _elements(data: bytes) -> list[bytes]:
    """The elements in a constructed DER value, each with its tag and length (X.690)."""
    at, end = _header(data, 0)
    found = []
    while at < end:
        _content, after = _header(data, at)
        found.append(data[at:after])
        at = after
    return found


def _header(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at this place begins, and where it ends."""
    length, at = data[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        length, at = int.from_bytes(data[at : at + size], "big"), at + size
    return at, at + length


class _Stalled(TimeoutError):
    """The connection came about, and the TLS handshake did not end."""


_only_small: set[tuple[str, IPAddress]] = set()  # between whom large handshakes got lost, so far


class _Request:
    def __init__(
        self,
        node: Vantage,
        url: str,
        address: object,
        trust: bytes | None,
        headers: Mapping[str, str],
        method: str,
        old: bool,
    ) -> None:
        self.node, self.url, self.trust, self.headers = node, url, trust, headers
        self.method, self.old = method, old
        self.whole, self.seconds = True, 0.0
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise Failed(_("{url} is no web address.", url=url))
        self.host, self.secure = parts.hostname, parts.scheme == "https"
        self.port = parts.port or PORTS[parts.scheme]
        self.authority = parts.netloc.rpartition("@")[2]
        self.path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.address = ip_address(str(self.host if address is None else address))
        self.values: dict[str, str | int | float] = {
            "node": node.name,
            "url": url,
            "address": str(self.address),
            "port": self.port,
        }

    def run(self, within: float) -> Response:
        record = self.node.lab.record
        with Capture(self.node.lab.fabric, (), self._ours, filters.TCP_OPENING) as capture:
            # From here on: a busy machine takes its time to begin a capture.
            until = record.until(within)
            record.say(_("fetching {url} from {address}", **self.values))
            response, failure = None, None
            try:
                response = self._patiently(until)
            except ssl.SSLError as error:
                failure = self._distrusted(error)
            except (OSError, http.client.HTTPException) as error:
                capture.read()
                failure = self._lost(capture.packets, error)
            capture.read()
            packets = capture.packets
        record.add(
            "http",
            self.node.name,
            _("{node} asks {address} for {url}.", **self.values),
            {**self.values, "status": None if response is None else response[0]},
            packets,
        )
        if response is None:
            assert failure is not None
            raise Failed(failure)
        status, headers, body, certificate, source = response
        by = next((one.node for one in packets if one.sent and self._accepts(one)), None)
        return Response(
            self.url, by, source, status, headers, body, certificate, self.whole, self.seconds
        )

    def _patiently(
        self, until: float
    ) -> tuple[int, dict[str, str], bytes, bytes | None, IPAddress]:
        """Ask again while the connection is refused, and with a small handshake after a large."""
        place = (self.node.name, self.address)
        self.whole = place not in _only_small
        while True:
            try:
                return self._ask(until)
            except ConnectionRefusedError:
                if time.monotonic() + AGAIN >= until:
                    raise
                time.sleep(AGAIN)  # a service that is about to start tells nobody
            except _Stalled:
                if not self.whole:
                    raise
                self.whole = False
                _only_small.add(place)

    def _handshake(self, sock: socket.socket, until: float) -> ssl.SSLSocket:
        left = until - time.monotonic()
        sock.settimeout(max(0.01, min(HANDSHAKE, left / 2) if self.whole else left))
        try:
            secured = self._context().wrap_socket(sock, server_hostname=self.host)
        except TimeoutError as error:
            raise _Stalled(*error.args) from None
        secured.settimeout(max(0.01, until - time.monotonic()))
        return secured

    def _ask(self, until: float) -> tuple[int, dict[str, str], bytes, bytes | None, IPAddress]:
        family = socket.AF_INET6 if self.address.version == 6 else socket.AF_INET
        with entered(self.node.namespace):
            sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        with sock:
            begun = time.monotonic()
            sock.settimeout(max(0.01, until - begun))
            sock.connect((str(self.address), self.port))
            source = ip_address(sock.getsockname()[0])
            connection = http.client.HTTPConnection(self.host, self.port)
            certificate = None
            if self.secure:
                secured = self._handshake(sock, until)
                certificate = secured.getpeercert(binary_form=True)
                connection.sock = secured
            else:
                connection.sock = sock
            connection.putrequest(self.method, self.path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", self.authority)
            connection.putheader("Connection", "close")
            for name, value in self.headers.items():
                connection.putheader(name, value)
            if self.method == "POST":
                connection.putheader("Content-Type", "application/x-www-form-urlencoded")
                connection.putheader("Content-Length", str(len(FORM)))
            connection.endheaders(FORM if self.method == "POST" else None)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            body = answer.read(BODY)
            self.seconds = time.monotonic() - begun
            connection.close()
            return answer.status, headers, body, certificate, source

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self.old:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        if not self.whole:
            context.set_ecdh_curve(SMALL_GROUP)
        if self.trust is None:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        else:
            context.load_verify_locations(cadata=self.trust)
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    # What the fabric saw

    def _ours(self, packet: Packet) -> bool:
        data = packet.ip
        if data is None or data.protocol != TCP or data.ports is None:
            return False
        if data.destination == self.address:
            return data.ports[1] == self.port
        return data.source == self.address and data.ports[0] == self.port

    def _accepts(self, packet: Packet) -> bool:
        data = packet.ip
        return (
            data is not None
            and data.source == self.address
            and data.tcp_flags & (SYN | ACK) == SYN | ACK
        )

    def _distrusted(self, error: ssl.SSLError) -> Message:
        reason = (getattr(error, "verify_message", "") or error.reason or str(error)).rstrip(".")
        if not isinstance(error, ssl.SSLCertVerificationError):
            return _(
                "{node} gets no TLS connection to {address} port {port} for {url}: {reason}.",
                reason=reason,
                **self.values,
            )
        return _(
            "{node} does not trust {url} at {address}: {reason}.", reason=reason, **self.values
        )

    def _lost(self, packets: list[Packet], error: Exception) -> Message:
        asked = [one for one in packets if one.ip and one.ip.destination == self.address]
        arrived = [one for one in asked if not one.sent]
        if isinstance(error, ConnectionRefusedError) and arrived:
            return _(
                "{last} refuses a connection of {node} to {address} port {port}.",
                last=arrived[-1].node,
                **self.values,
            )
        if isinstance(error, TimeoutError) and arrived:
            return _(
                "The connection of {node} to {address} port {port} gets as far as {last}, and no "
                "answer comes back.",
                last=arrived[-1].node,
                **self.values,
            )
        number = error.errno if isinstance(error, OSError) else None
        reason = os.strerror(number) if number else str(error) or type(error).__name__
        return _(
            "{node} cannot fetch {url} from {address}: {reason}.", reason=reason, **self.values
        )
