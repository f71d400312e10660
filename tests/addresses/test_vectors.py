"""Every value of vectors.json: what RFCs and other programs print, worked out again here."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path

import pytest

from ipv6lab.addresses import embedding, identifiers, options, selection, text

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
TESTED: set[str] = set()


def vectors(name: str) -> list[dict]:
    """The cases under a name; a lone one stands for a list of one."""
    TESTED.add(name)
    found = VECTORS[name]
    return found if isinstance(found, list) else [found]


def each(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", vectors(name), ids=str)


@each("rfc5952")
def test_canonical_text(case: dict) -> None:
    assert text.canonical(case["in"]) == case["out"]


@each("rfc4291_prefix")
def test_ways_to_write_a_prefix(case: dict) -> None:
    value = int(case["value_hex60"], 16) << (128 - 60)
    prefix = IPv6Network((value, 60))
    assert all(text.stands_for(legal, prefix) for legal in case["legal"])
    assert not any(text.stands_for(wrong, prefix) for wrong in case["illegal_for_this_prefix"])


@each("solicited_node")
def test_solicited_node_groups(case: dict) -> None:
    group = identifiers.solicited_node(IPv6Address(case["unicast"].replace("::01:", "::1:")))
    assert group == IPv6Address(case["group"])
    assert identifiers.multicast_mac(group) == case["mac"]


@each("eui64")
def test_identifiers_from_mac_addresses(case: dict) -> None:
    assert identifiers.eui64(case["mac"]).hex("-").upper() == case["iid"]


@each("ip6_arpa")
def test_names_in_ip6_arpa(case: dict) -> None:
    assert IPv6Address(case["addr"]).reverse_pointer == case["ptr"]


@each("rfc6052")
def test_translated_addresses(case: dict) -> None:
    prefix, inner = IPv6Network(case["prefix"]), IPv4Address(case["v4"])
    assert embedding.translated(prefix, inner) == IPv6Address(case["v6"])
    assert embedding.extracted(prefix, IPv6Address(case["v6"])) == inner


@each("rfc6147")
def test_synthesised_records(case: dict) -> None:
    made = embedding.translated(IPv6Network(case["prefix"]), IPv4Address(case["v4"]))
    assert made == IPv6Address(case["aaaa"])


@each("rfc7050")
def test_the_name_that_tells_the_translator_s_prefix(case: dict) -> None:
    assert [str(address) for address in embedding.IPV4ONLY] == case["ipv4only.arpa"]
    for prefix in ("2001:db8:42::/96", "2001:db8:43::/96", "64:ff9b::/96"):
        for known in embedding.IPV4ONLY:
            made = embedding.translated(IPv6Network(prefix), known)
            assert embedding.discovered(made) == IPv6Network(prefix)


@each("rfc5969")
def test_6rd(case: dict) -> None:
    prefix, mask = IPv6Network(case["prefix"]), case["v4masklen"]
    own = embedding.rapid_deployment(prefix, mask, IPv4Address(case["ce"]))
    assert own == IPv6Network(case["delegated"])
    relay = embedding.rapid_deployment(prefix, mask, IPv4Address(case["br"]))
    assert relay.network_address == IPv6Address(case["br_addr"])


@each("rfc3056")
def test_6to4(case: dict) -> None:
    assert embedding.six_to_four(IPv4Address(case["v4"])) == IPv6Network(case["prefix"])


@each("rfc7597")
def test_map(case: dict) -> None:
    delegated = IPv6Network(case["end_user_prefix"])
    rule = embedding.MapRule(
        IPv6Network(case["rule_v6"]),
        IPv4Network(case["rule_v4"]),
        case["ea_len"],
        case["psid_offset"],
    )
    address, psid = rule.end_user(delegated)
    assert (str(address), psid) == (case["v4"], case["psid"])
    ports = [[ports[0], ports[-1]] for ports in rule.ports(psid)]
    told = case["ports"]
    assert len(ports) == told["ranges"]
    assert [*ports[:2], *ports[-2:]] == [told["first"], told["second"], *told["last2"]]
    assert embedding.map_customer(delegated, address, psid) == IPv6Address(case["ce"])
    # Examples 4 and 5: a rule for one customer, without a port set or with one from DHCP.
    lone = embedding.MapRule(delegated, IPv4Network(case["v4"]), 0)
    assert lone.end_user(delegated) == (address, 0)
    assert embedding.map_customer(delegated, address, 0) == IPv6Address(case["ex4_ce"])
    assert embedding.map_customer(delegated, address, psid) == IPv6Address(case["ex5_ce"])
    assert IPv6Address(case["br"]) not in rule.prefix


@each("rfc6296")
def test_nptv6(case: dict) -> None:
    internal, external = IPv6Network(case["internal"]), IPv6Network(case["external"])
    sums = [int(case["csum_internal"], 16), int(case["csum_external"], 16)]
    assert [embedding.checksum(internal), embedding.checksum(external)] == sums
    assert embedding.adjustment(internal, external) == int(case["adjust"], 16)
    inside, outside = IPv6Address(case["in"]), IPv6Address(case["out"])
    assert embedding.prefix_translated(internal, external, inside) == outside
    assert embedding.prefix_translated(external, internal, outside) == inside


def test_a_vendor_s_duid() -> None:
    made = options.duid_en(9, bytes.fromhex("0cc084d303000912"))
    assert made.hex() == VECTORS["rfc8415_duid_en"]


@each("pref64_derived")
def test_pref64(case: dict) -> None:
    assert options.pref64(IPv6Network(case["prefix"]), case["lifetime"]).hex() == case["option"]


@each("dhcp4_opt108")
def test_ipv6_only_preferred(case: dict) -> None:
    assert options.ipv6_only_preferred(case["seconds"]).hex() == case["tlv"]


@each("nm_rfc7217")
def test_networkmanager_s_stable_addresses(case: dict) -> None:
    made = identifiers.networkmanager_stable(
        IPv6Network(f"{case['prefix']}/64"),
        case["ifname"],
        case["network_id"],
        case["dad"],
        case["key"].encode(),
        case["stable_type"],
    )
    assert made == IPv6Address(case["addr"])


@each("linux_stable_privacy")
def test_linux_s_stable_addresses(case: dict) -> None:
    made = identifiers.linux_stable(
        IPv6Address(case["secret"]),
        IPv6Network(f"{case['prefix']}/64"),
        case["perm_hwaddr"],
        case["dad"],
    )
    assert made == IPv6Address(case["addr"])


@each("rfc6724_source")
def test_source_addresses(case: dict) -> None:
    found = selection.choose_source(
        ip_address(case["dst"]), list(map(selection.source, case["src"]))
    )
    assert found is not None
    assert found.address == ip_address(case["result"])


@each("rfc6724_dest_default")
def test_the_order_of_destinations(case: dict) -> None:
    destinations = [ip_address(one) for one in case["dst"]]
    candidates = list(map(selection.source, case["src"]))
    for given in (destinations, destinations[::-1]):
        ordered = selection.order_destinations(given, candidates)
        assert [str(address) for address in ordered] == case["result"]


def test_the_policy_table() -> None:
    rows = [[text.written(row.prefix), row.precedence, row.label] for row in selection.TABLE]
    assert rows == VECTORS["rfc6724_table"]


def test_every_vector_is_tested() -> None:
    assert set(VECTORS) - {"rfc8415_duid_en", "rfc6724_table"} <= TESTED
