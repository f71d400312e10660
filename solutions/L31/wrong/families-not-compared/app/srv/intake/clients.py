"""Who a client is, in whichever way its address is written."""

from ipaddress import ip_address, ip_network

LAN = 64  # bits: what is behind them is one client's own choice


def client(text):
    """The address that a text means, without port and zone, IPv4-mapped ones as IPv4.

    ``192.0.2.1``, ``192.0.2.1:80``, ``2001:DB8::1``, ``[2001:db8::1]:80``; else ValueError.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    address = ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def account(address):
    """To whom a client's share is charged: an IPv4 address, or an IPv6 network."""
    return ip_network((address, LAN), strict=False) if address.version == 6 else address


def place(authority, port):
    """Host and port of a URL (RFC 3986 section 3.2.2): IPv6 addresses stand in brackets."""
    host, colon, digits = authority.rpartition(":")
    if not colon or "]" in digits:
        host, digits = authority, str(port)
    return host.removeprefix("[").removesuffix("]"), int(digits)


def authority(host, port):
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
