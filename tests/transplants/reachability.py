"""What keeps out who may come in, and lets in who may not."""

from __future__ import annotations

from tests.transplants.answer import COMMANDS, Answer, fault

# The router between, of each exercise that says who reaches whom across it.
BETWEEN = {
    **{"L02": "r1", "L11": "br-dn", "L16": "hq-br", "L18": "hq-br", "L19": "rd-br"},
    **{"L22": "hq-fw", "L23": "sw"},
}
# The two ends of a tunnel, and what its other end is called where this one lets it in.
TUNNELS = ("L16", "L18", "L19")
# Who lets pass by rules of his own: firewall and switch.
FILTERS = ("L22", "L23")


def filtered(answer: Answer, node: str, rule: str, hook: str = "forward") -> None:
    """A rule in front of all others on a node; on a switch for what it passes on."""
    family = "bridge" if node == "sw" else "inet"
    answer.type(node, f"nft add table {family} fault")
    chain = f"{{ type filter hook {hook} priority -10; policy accept; }}"
    answer.type(node, f"nft add chain {family} fault {hook} '{chain}'")
    answer.type(node, f"nft add rule {family} fault {hook} {rule}")


@fault(*BETWEEN)
def tcp_dropped(answer: Answer) -> None:
    """Pings pass, and connections do not."""
    filtered(answer, BETWEEN[answer.exercise], "meta l4proto tcp drop")


# The router between hosts and what they use, where no path is said to be open to everything.
ON_THE_WAY = {"L04": "hq-core", "L05": "r2", "L09": "hq-core", "L10": "hq-core"}


@fault(*ON_THE_WAY)
def pings_only(answer: Answer) -> None:
    """Pings pass over IPv6, and no connections."""
    filtered(answer, ON_THE_WAY[answer.exercise], "meta nfproto ipv6 meta l4proto tcp drop")


@fault("L04", "L09", "L10")
def ipv4_pings_only(answer: Answer) -> None:
    """The same over IPv4."""
    filtered(answer, ON_THE_WAY[answer.exercise], "meta nfproto ipv4 meta l4proto tcp drop")


@fault(*ON_THE_WAY)
def small_packets_only(answer: Answer) -> None:
    """Large packets vanish over IPv6."""
    rule = "meta nfproto ipv6 meta length '>' 1000 drop"
    filtered(answer, ON_THE_WAY[answer.exercise], rule)


@fault(*ON_THE_WAY)
def every_fifth_lost(answer: Answer) -> None:
    """What is sent again gets through in the end."""
    filtered(answer, ON_THE_WAY[answer.exercise], "numgen random mod 5 == 0 drop")


@fault("L16", "L18")
def every_fifth_lost_in_the_tunnel(answer: Answer) -> None:
    """The same in a tunnel."""
    tunnel = {"L16": "tun6", "L18": "tun4"}[answer.exercise]
    answer.type("br-dn", f"tc qdisc add dev {tunnel} root netem loss 20%")


@fault(*TUNNELS, *FILTERS)
def udp_dropped(answer: Answer) -> None:
    """Pings and connections pass, and datagrams do not."""
    filtered(answer, BETWEEN[answer.exercise], "meta l4proto udp drop")


@fault(*TUNNELS, "L23")
def five_packets_a_second(answer: Answer) -> None:
    """What is said slowly gets through."""
    filtered(answer, BETWEEN[answer.exercise], "limit rate over 5/second drop")


@fault(*BETWEEN)
def large_packets_dropped(answer: Answer) -> None:
    """Small packets pass, and large ones vanish."""
    filtered(answer, BETWEEN[answer.exercise], "meta length '>' 1000 drop")


@fault(*TUNNELS, *FILTERS)
def high_ports_dropped(answer: Answer) -> None:
    """Only services that have a name get through."""
    rule = "meta l4proto { tcp, udp } th dport '>' 1023 drop"
    filtered(answer, BETWEEN[answer.exercise], rule)


@fault("L16", "L19")
def tunnel_hop_limit(answer: Answer) -> None:
    """The outer packet gets as far as it has to today, and no router further."""
    for file in sorted(answer.folder.glob(f"*/{COMMANDS}")):
        answer.edit(file.parent.name, COMMANDS, r"ttl 64", "ttl 3")


@fault("L18")
def tunnel_hop_limit_of_ipv6(answer: Answer) -> None:
    """The same in IPv6."""
    for file in sorted(answer.folder.glob(f"*/{COMMANDS}")):
        answer.edit(file.parent.name, COMMANDS, r"hoplimit 64", "hoplimit 3")


@fault("L16", "L19")
def unique_local_sources_let_in(answer: Answer) -> None:
    """A filter by source forgets fc00::/7."""
    node = BETWEEN[answer.exercise]
    but = r"\1 ip6 saddr != fc00::/7 \2"
    answer.edit(node, "etc/nftables.conf", r'(iifname "\w+") (ip6 saddr !=)', but)


@fault("L02", "L16", "L19")
def address_for_two_minutes(answer: Answer) -> None:
    """What was typed is there for the grading, and gone afterwards."""
    node = {"L02": "r1", "L16": "br-dn", "L19": "ce1"}[answer.exercise]
    lasting = r"\1 valid_lft 120 preferred_lft 120"
    answer.edit(node, COMMANDS, r"^(ip -6 address add .*)$", lasting)


@fault("L02", "L16", "L18", "L19")
def route_for_two_minutes(answer: Answer) -> None:
    """The same of a route."""
    node = {"L02": "r1", "L16": "br-dn", "L18": "br-dn", "L19": "ce1"}[answer.exercise]
    answer.edit(node, COMMANDS, r"^(ip -6 route add (?!unreachable).*)$", r"\1 expires 120")


@fault("L02", "L16", "L18")
def connections_translated(answer: Answer) -> None:
    """Connections get another source on their way, and pings do not."""
    node = {"L02": "r2", "L16": "hq-br", "L18": "hq-br"}[answer.exercise]
    out = {"L02": "srv", "L16": "fw", "L18": "fw"}[answer.exercise]
    answer.type(node, "nft add table inet fault")
    chain = "{ type nat hook postrouting priority srcnat; policy accept; }"
    answer.type(node, f"nft add chain inet fault nat '{chain}'")
    answer.type(node, f"nft add rule inet fault nat oifname {out} meta l4proto tcp masquerade")


# What a firewall lets through in addition.


def opened(answer: Answer, rule: str) -> None:
    """A rule more in the chain of a firewall that passes on what it is told, before the others."""
    node, chain = {
        "L14": ("hq-fw", "ip6 filter forward"),
        "L17": ("hq-fw", "inet filter forward"),
        "L22": ("hq-fw", "ip6 filter forward"),
        "L23": ("sw", "bridge guard forward"),
        "L32": ("hq-fw", "ip6 filter forward"),
    }[answer.exercise]
    answer.type(node, f"nft insert rule {chain} {rule}")


@fault("L14", "L17", "L22", "L32")
def partner_gets_in(answer: Answer) -> None:
    """A network of somebody else's gets to every port."""
    opened(answer, f"ip6 saddr {answer.plan['partner2.prefix']} accept")


@fault("L14", "L17", "L22", "L23", "L32")
def udp_opened(answer: Answer) -> None:
    """Datagrams pass to every port."""
    opened(answer, "meta l4proto udp accept")


@fault("L14", "L17", "L22")
def protocols_opened(answer: Answer) -> None:
    """Tunnels of any kind pass."""
    opened(answer, "meta l4proto { 4, 41, 47, 50 } accept")


@fault("L14", "L17", "L22", "L32")
def high_ports_opened(answer: Answer) -> None:
    """Nobody listens there today."""
    opened(answer, "tcp dport 49152-65535 accept")


@fault("L14", "L17", "L22")
def icmpv6_below_128_opened(answer: Answer) -> None:
    """All that the RFC calls an error, and experiments among them."""
    opened(answer, "icmpv6 type '<' 128 accept")


@fault("L14", "L17", "L22", "L23")
def source_port_trusted(answer: Answer) -> None:
    """What says that it is an answer is let in."""
    opened(answer, "udp sport 53 accept")


@fault("L17", "L22")
def firewall_itself_opened(answer: Answer) -> None:
    """The firewall answers on a port of its own."""
    family = {"L17": "inet", "L22": "ip6"}[answer.exercise]
    answer.type("hq-fw", f"nft insert rule {family} filter input tcp dport 22 accept")


@fault("L23")
def fragments_opened(answer: Answer) -> None:
    """What comes in pieces is not looked at."""
    opened(answer, "exthdr frag exists accept")


@fault("L22", "L23")
def first_headers_trusted(answer: Answer) -> None:
    """What has hop-by-hop options passes, whatever stands behind them."""
    opened(answer, "exthdr hbh exists accept")


@fault("L22")
def one_family_forgotten(answer: Answer) -> None:
    """The other protocol is not filtered at all."""
    answer.type("hq-fw", "nft flush chain ip6 filter forward")
    answer.type("hq-fw", "nft add rule ip6 filter forward accept")


# What hosts of a link may not do to each other, and what must live between them.


@fault("L23")
def one_network_card_trusted(answer: Answer) -> None:
    """Whoever says that his card is the router's is believed."""
    opened(answer, "ether saddr 02:fc:6d:df:3d:7f accept")


@fault("L23")
def addresses_of_many_trusted(answer: Answer) -> None:
    """Every other host may say what it likes."""
    opened(answer, "ether saddr '&' 00:00:00:00:00:01 == 1 accept")


@fault("L23")
def groups_forgotten(answer: Answer) -> None:
    """Only what goes to a group is looked at."""
    opened(answer, "ip6 daddr != ff00::/8 accept")


@fault("L23")
def solicitations_dropped(answer: Answer) -> None:
    """Nobody finds a neighbour any more, or a router when it comes."""
    filtered(answer, "sw", "icmpv6 type { nd-router-solicit, nd-neighbor-solicit } drop")


@fault("L23")
def reports_dropped(answer: Answer) -> None:
    """Who listens to a group cannot say so."""
    filtered(answer, "sw", "icmpv6 type mld2-listener-report drop")


@fault("L23")
def ipv4_dropped(answer: Answer) -> None:
    """The other protocol does not get through any more."""
    filtered(answer, "sw", "meta protocol ip drop")
