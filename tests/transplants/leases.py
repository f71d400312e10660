"""What a DHCPv6 server may get wrong, and what hosts may be told or given besides."""

from __future__ import annotations

from tests.transplants.answer import Answer, fault

KEA = "etc/kea/kea-dhcp6.conf"
SERVERS = {"L08": "hq-core", "L09": "dhcp", "L10": "dhcp"}
HEARD_BY = {**SERVERS, "L10": "hq-core"}  # who gets what hosts send
ADVERTISED = ("L04", "L05", "L08", "L09", "L10", "L11")


@fault(*ADVERTISED)
def hop_limit(answer: Answer) -> None:
    """Hosts are told to send with a hop limit with which no packet gets far."""
    answer.radvd(r"AdvSendAdvert on;", "AdvSendAdvert on; AdvCurHopLimit 2;")


@fault(*ADVERTISED)
def slow_neighbours(answer: Answer) -> None:
    """Hosts are told to wait a minute for each answer of a neighbour."""
    answer.radvd(r"AdvSendAdvert on;", "AdvSendAdvert on; AdvRetransTimer 60000;")


@fault(*ADVERTISED)
def foreign_prefix_on_link(answer: Answer) -> None:
    """Hosts are told that a prefix of somebody else's is on their link."""
    answer.radvd(r"^(\s*)(prefix )", r"\1prefix 3fff:0:0:1::/64 { AdvAutonomous off; };\n\1\2")


@fault("L04")
def route_in_disguise(answer: Answer) -> None:
    """A default route was typed so that it looks as if advertised."""
    router = answer.plan["staff.router"]
    answer.type("pc1", f"ip -6 route add default via {router} dev eth0 proto ra expires 900")


@fault("L05")
def route_in_disguise_to_the_servers(answer: Answer) -> None:
    """A route was typed so that it looks as if advertised."""
    way = f"{answer.plan['servers.prefix']} via {answer.plan['guest.r2']}"
    answer.type("gst1", f"ip -6 route add {way} dev eth0 proto ra expires 900")


@fault("L08", "L09", "L10")
def second_dns_server(answer: Answer) -> None:
    """A DNS server is handed out beside the right one that is none."""
    server = answer.plan["servers.dns"]
    answer.edit(SERVERS[answer.exercise], KEA, f'"{server}"', f'"{server}, 3fff::53"')


@fault("L08", "L09", "L10")
def some_hosts_alone(answer: Answer) -> None:
    """Every other host is answered, by its MAC address."""
    rule = "udp dport 547 ether saddr & 00:00:00:00:00:01 == 1 drop"
    chain = f"chain in {{ type filter hook input priority 0; {rule}; }}"
    answer.type(HEARD_BY[answer.exercise], f"nft 'table ip6 some {{ {chain}; }}'")


@fault("L09", "L10")
def tiny_pool(answer: Answer) -> None:
    """There are four addresses for four hundred PCs."""
    answer.edit("dhcp", KEA, r"1000-([0-9a-f:]+)1fff", r"1000-\g<1>1003")


@fault("L09", "L10")
def one_kind_of_duid(answer: Answer) -> None:
    """Clients whose DUID is of another kind than a PC's dhcpcd makes get nothing."""
    known = '"client-classes": [{"name": "ll", "test": "substring(option[1].hex,0,2) == 0x0003"}],'
    answer.edit("dhcp", KEA, r'"preferred-lifetime"', f'{known}\n  "preferred-lifetime"')
    answer.edit("dhcp", KEA, r'(\{"pool": "[^"]+")\}', r'\1, "client-class": "ll"}')


@fault("L09", "L10")
def half_of_the_pool(answer: Answer) -> None:
    """Half of the pool is never leased."""
    answer.edit("dhcp", KEA, r"1000-([0-9a-f:]+)1fff", r"1000-\g<1>17ff")


@fault("L09", "L10")
def renewals_dropped(answer: Answer) -> None:
    """Leases are given, and never extended."""
    chain = "chain in { type filter hook input priority 0; udp dport 547 @th,64,8 5 drop; }"
    answer.type(HEARD_BY[answer.exercise], f"nft 'table ip6 once {{ {chain} }}'")


@fault("L09", "L10")
def short_leases(answer: Answer) -> None:
    """A lease ends before a client that renews it can ask twice."""
    for name, seconds in (("preferred", 3), ("valid", 4)):
        answer.edit("dhcp", KEA, rf'"{name}-lifetime": \d+', f'"{name}-lifetime": {seconds}')
    for name, seconds in (("renew", 1), ("rebind", 2)):
        answer.edit("dhcp", KEA, rf'"{name}-timer": \d+', f'"{name}-timer": {seconds}')
