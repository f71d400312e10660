"""DHCPv6 messages, decoded and made by ourselves (RFC 8415).

Nothing here trusts a length: an option that does not fit is left out, a message that is none
decodes to None.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address

SOLICIT, ADVERTISE, REQUEST, CONFIRM, RENEW, REBIND, REPLY, RELEASE = 1, 2, 3, 4, 5, 6, 7, 8
RECONFIGURE, INFORMATION_REQUEST = 10, 11

CLIENT_ID, SERVER_ID, IA_NA, IA_ADDRESS, OPTION_REQUEST, ELAPSED_TIME = 1, 2, 3, 5, 6, 8
STATUS_CODE = 13
DNS_SERVERS, DOMAIN_LIST = 23, 24  # RFC 3646
SNTP_SERVERS, REFRESH_TIME, NTP_SERVERS = 31, 32, 56  # RFC 4075, RFC 8415, RFC 5908

DUIDS = DUID_LLT, DUID_EN, DUID_LL, DUID_UUID = 1, 2, 3, 4

SUCCESS = 0
# What status codes mean (RFC 8415 section 21.13), by IANA's names.
STATUS_NAMES = {
    0: "Success",
    1: "UnspecFail",
    2: "NoAddrsAvail",
    3: "NoBinding",
    4: "NotOnLink",
    5: "UseMulticast",
    6: "NoPrefixAvail",
}
# RFC 8415 section 7.6, in seconds: what counts where a Reply names none, and the least there is.
IRT_DEFAULT = 86400
IRT_MINIMUM = 600

Options = Mapping[int, tuple[bytes, ...]]
_IA = struct.Struct("!III")
_ADDRESS = struct.Struct("!16sII")


@dataclass(frozen=True)
class LeasedAddress:
    """An address in an IA_NA; lifetimes in seconds, 0xffffffff without end."""

    address: IPv6Address
    preferred: int
    valid: int


@dataclass(frozen=True)
class AddressAssociation:
    """An IA_NA option (RFC 8415 section 21.4); T1 and T2 in seconds, 0: as the client likes."""

    iaid: int
    t1: int
    t2: int
    addresses: tuple[LeasedAddress, ...]
    status: int


@dataclass(frozen=True)
class Message:
    """A message between client and server; `options` by code, in the order in which they came."""

    kind: int
    transaction: int
    options: Options

    @property
    def client_id(self) -> bytes | None:
        return self._first(CLIENT_ID)

    @property
    def server_id(self) -> bytes | None:
        return self._first(SERVER_ID)

    @property
    def status(self) -> int:
        """The status of the whole message; none means success (RFC 8415 section 21.13)."""
        return _status(self.options)

    @property
    def associations(self) -> tuple[AddressAssociation, ...]:
        """The IA_NA options."""
        found = []
        for data in self.options.get(IA_NA, ()):
            if len(data) >= _IA.size:
                inner = read_options(data[_IA.size :])
                iaid, t1, t2 = _IA.unpack_from(data)
                found.append(AddressAssociation(iaid, t1, t2, _addresses(inner), _status(inner)))
        return tuple(found)

    @property
    def addresses(self) -> tuple[LeasedAddress, ...]:
        """All addresses of all IA_NA options that the server gives (valid for more than 0 s)."""
        return tuple(one for each in self.associations for one in each.addresses if one.valid > 0)

    @property
    def dns_servers(self) -> tuple[IPv6Address, ...]:
        return self._addresses_of(DNS_SERVERS)

    @property
    def sntp_servers(self) -> tuple[IPv6Address, ...]:
        return self._addresses_of(SNTP_SERVERS)

    @property
    def ntp_servers(self) -> tuple[bytes, ...]:
        """The NTP server options as received: addresses, groups or names in suboptions."""
        return self.options.get(NTP_SERVERS, ())

    @property
    def search_list(self) -> tuple[str, ...]:
        """Domain names without the final dot, in lower case."""
        return tuple(name for data in self.options.get(DOMAIN_LIST, ()) for name in names(data))

    @property
    def refresh_time(self) -> int | None:
        """After how many seconds to ask again (Information Refresh Time), None if it says none."""
        data = self._first(REFRESH_TIME)
        return struct.unpack("!I", data)[0] if data is not None and len(data) == 4 else None

    def _first(self, code: int) -> bytes | None:
        return next(iter(self.options.get(code, ())), None)

    def _addresses_of(self, code: int) -> tuple[IPv6Address, ...]:
        return tuple(
            IPv6Address(data[at : at + 16])
            for data in self.options.get(code, ())
            for at in range(0, len(data) - 15, 16)
        )


def read(data: bytes) -> Message | None:
    """The message in a UDP payload; None when it is too short to be one."""
    if len(data) < 4:
        return None
    (head,) = struct.unpack_from("!I", data)
    return Message(head >> 24, head & 0xFFFFFF, read_options(data[4:]))


def read_options(data: bytes) -> Options:
    """Options by code; what follows one that is cut off is left out."""
    found: dict[int, tuple[bytes, ...]] = {}
    while len(data) >= 4:
        code, length = struct.unpack_from("!HH", data)
        if 4 + length > len(data):
            break
        found[code] = (*found.get(code, ()), data[4 : 4 + length])
        data = data[4 + length :]
    return found


def write(kind: int, transaction: int, options: Iterable[bytes]) -> bytes:
    return struct.pack("!I", kind << 24 | transaction) + b"".join(options)


def option(code: int, data: bytes) -> bytes:
    return struct.pack("!HH", code, len(data)) + data


def option_request(*codes: int) -> bytes:
    return option(OPTION_REQUEST, struct.pack(f"!{len(codes)}H", *codes))


def association(iaid: int, addresses: Iterable[IPv6Address] = ()) -> bytes:
    """An IA_NA that asks for addresses, by name or for any."""
    inner = b"".join(option(IA_ADDRESS, _ADDRESS.pack(one.packed, 0, 0)) for one in addresses)
    return option(IA_NA, _IA.pack(iaid, 0, 0) + inner)


def link_layer_duid(mac: str) -> bytes:
    """A DUID-LL of Ethernet (RFC 8415 section 11.4)."""
    return struct.pack("!HH", 3, 1) + bytes.fromhex(mac.replace(":", ""))


def any_duid(mac: str, kind: int | None = None) -> bytes:
    """A DUID of a kind that clients have (RFC 8415 section 11), of any where none is named."""
    kind = DUIDS[secrets.randbelow(len(DUIDS))] if kind is None else kind
    if kind == DUID_LL:
        return link_layer_duid(mac)
    if kind == DUID_LLT:
        return struct.pack("!HHI", kind, 1, secrets.randbits(32)) + link_layer_duid(mac)[4:]
    if kind == DUID_EN:  # the enterprise number of examples (RFC 5612)
        return struct.pack("!HI", kind, 32473) + secrets.token_bytes(8)
    return struct.pack("!H", kind) + secrets.token_bytes(16)  # RFC 6355


def names(data: bytes) -> tuple[str, ...]:
    """Domain names in DNS wire form without compression (RFC 8415 section 10)."""
    found, labels = [], []
    while data:
        length, data = data[0], data[1:]
        if length > 63 or length > len(data):
            break
        if length:
            labels.append(data[:length].decode("ascii", "replace").lower())
            data = data[length:]
        else:
            found.append(".".join(labels))
            labels = []
    return tuple(found)


def _addresses(options: Options) -> tuple[LeasedAddress, ...]:
    found = []
    for data in options.get(IA_ADDRESS, ()):
        if len(data) >= _ADDRESS.size:
            address, preferred, valid = _ADDRESS.unpack_from(data)
            found.append(LeasedAddress(IPv6Address(address), preferred, valid))
    return tuple(found)


def _status(options: Options) -> int:
    data = next(iter(options.get(STATUS_CODE, ())), b"")
    return struct.unpack_from("!H", data)[0] if len(data) >= 2 else SUCCESS
