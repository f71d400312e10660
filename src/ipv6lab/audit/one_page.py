"""One page from one address, with bounds on its size and time, whoever sends it."""

from __future__ import annotations

import contextlib
import http.client
import io
import re
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from ipv6lab.audit.asking import Address, Client, Silent
from ipv6lab.words import pageparts

AGENT = "ipv6lab-audit/1 (IPv6 audit of web sites; at most 10 connections a host)"
BODY = 500_000  # octets that are compared, as internet.nl does
PARSED = 100_000  # octets in which parts are looked for: hostile markup takes time squared
WITHIN = 10.0  # seconds for one page
HOSTS = 10  # other hosts of a page that are looked at
PORTS = {"http": 80, "https": 443}
MISMATCH = 62  # X509_V_ERR_HOSTNAME_MISMATCH


@dataclass(frozen=True)
class Page:
    """A response. `distrust` says why the certificate is not taken, empty where it is."""

    url: str
    status: int
    body: bytes
    location: str | None
    distrust: str = ""

    def comparable(self) -> str:
        """The body without what differs at each request."""
        text = self.body.decode("utf-8", "replace")
        text = re.sub(r"""\snonce=("[^"]{0,200}"|'[^']{0,200}')""", "", text)
        return re.sub(r"<input[^>]{0,500}__VIEWSTATE[^>]{0,100000}>", "", text)


def fetch(client: Client, url: str, address: Address) -> Page:
    """Ask for a URL at an address; follows no redirect. Raises Silent."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Silent("address") from None
    if parts.scheme not in PORTS or not host or port not in (None, PORTS[parts.scheme]):
        raise Silent("address")
    if parts.scheme == "http":
        return _exchange(client, url, address, None)
    try:
        return _exchange(client, url, address, ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        distrust = error.verify_message or "certificate"
        if error.verify_code != MISMATCH and client.lab:
            # In a lab nobody vouches: the certificate vouches for itself, name and time must fit.
            distrust = _own_word(client, url, address)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    page = _exchange(client, url, address, context)
    return Page(page.url, page.status, page.body, page.location, distrust)


def _own_word(client: Client, url: str, address: Address) -> str:
    host = urlsplit(url).hostname or ""
    with client.connect(address, 443) as sock:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with context.wrap_socket(sock, server_hostname=host) as secured:
                shown = secured.getpeercert(binary_form=True)
        except OSError:
            raise Silent("TLS") from None
    if not shown:
        return "certificate"
    trusting = ssl.create_default_context(cadata=shown)
    trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    with client.connect(address, 443) as sock:
        try:
            with trusting.wrap_socket(sock, server_hostname=host):
                return ""
        except ssl.SSLCertVerificationError as error:
            return error.verify_message or "certificate"
        except OSError:
            raise Silent("TLS") from None


def _exchange(client: Client, url: str, address: Address, tls: ssl.SSLContext | None) -> Page:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    asked = (
        f"GET {path} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\n"
        f"User-Agent: {AGENT}\r\nAccept: text/html,*/*\r\nAccept-Encoding: identity\r\n"
        "Connection: close\r\n\r\n"
    )
    if any(char.isspace() or not char.isprintable() for char in path + parts.netloc):
        raise Silent("address")
    until = time.monotonic() + WITHIN
    sock = client.connect(address, PORTS[parts.scheme])
    try:
        if tls is not None:
            sock.settimeout(max(0.1, until - time.monotonic()))
            sock = tls.wrap_socket(sock, server_hostname=parts.hostname)
        sock.sendall(asked.encode("utf-8", "replace"))
        data = _received(sock, until)
    except ssl.SSLCertVerificationError:
        raise
    except TimeoutError:
        raise Silent("time-out") from None
    except ssl.SSLError:
        raise Silent("TLS") from None
    except (OSError, ValueError):
        raise Silent("unreachable") from None
    finally:
        sock.close()
    return _page(url, data)


def _received(sock, until: float) -> bytes:  # type: ignore[no-untyped-def]
    """What comes, until its end, or until it is more than is looked at. Raises TimeoutError."""
    data = b""
    while len(data) < BODY + 100_000:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        sock.settimeout(left)
        piece = sock.recv(65536)
        if not piece:
            break
        data += piece
        head, found, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?im)^content-length: *([0-9]{1,9})\r?$", head)
        if found and length and len(body) >= int(length[1]):
            break
    return data


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_mode: object) -> io.BytesIO:
        return io.BytesIO(self._data)


def _page(url: str, data: bytes) -> Page:
    response = http.client.HTTPResponse(_Bytes(data), method="GET")  # type: ignore[arg-type]
    try:
        response.begin()
        try:
            body = response.read(BODY)
        except http.client.IncompleteRead as cut:
            body = cut.partial[:BODY]
        location = response.getheader("location")
    except (http.client.HTTPException, ValueError, OSError):
        raise Silent("HTTP") from None
    if location is not None:
        try:
            location = urljoin(url, location)
        except ValueError:
            raise Silent("address") from None
    return Page(
        url, response.status, body, location if response.status in range(300, 309) else None
    )


def hosts(page: Page) -> list[str]:
    """The other hosts from which a browser would fetch parts of a page by itself."""
    given: list[str] = []
    with contextlib.suppress(AssertionError, ValueError):  # of markup that is none
        given = pageparts.parts(page.body[:PARSED].decode("utf-8", "replace"))
    found: list[str] = []
    for one in given:
        try:
            host = urlsplit(urljoin(page.url, one)).hostname
        except ValueError:
            continue
        if host and host != urlsplit(page.url).hostname and host not in found:
            found.append(host)
    return found
