"""What rogue6 sends is what it says, as tshark reads it, and hosts on a link hear it."""

import re
from ipaddress import IPv6Address, IPv6Network

import pytest

from ipv6lab.reports.evidence import Frame, pcap
from ipv6lab.wire import dhcp6, nd, rogue
from ipv6lab.wire.headers import ETH_P_IPV6, datagram, ethernet
from tests.sandbox.support import run, throwaway

MAC, LINK_LOCAL = "02:00:00:00:00:01", IPv6Address("fe80::1")
ALL, ONE = IPv6Address("ff02::1"), IPv6Address("2001:db8::7")
PREFIX = IPv6Network("2001:db8:bad::/64")
FORMS = (rogue.PLAIN, *rogue.BEHIND_HEADERS, *rogue.IN_FRAGMENTS, *rogue.CUT_WITHIN_HEADERS)
MESSAGES = {
    "ra": rogue.advertisement(LINK_LOCAL, ALL, mac=MAC, prefix=PREFIX, dns=[ONE]),
    "redirect": rogue.redirect(LINK_LOCAL, ONE, target=LINK_LOCAL, to=ONE),
    "dhcp6": rogue.dhcp6_answer(LINK_LOCAL, ONE, mac=MAC, kind=dhcp6.ADVERTISE, dns=[ONE]),
}
FIELDS = ("icmpv6.type", "icmpv6.checksum.status", "dhcpv6.msgtype", "udp.checksum.status")


def frames(message, form):
    packets = message.packets(form)
    return [ethernet(MAC, "33:33:00:00:00:01", ETH_P_IPV6, one) for one in packets]


@pytest.fixture(scope="module")
def lab():
    with throwaway() as lab:
        yield lab


def read(lab, name):
    """Per form what tshark says of each frame: the protocols it sees, and the fields."""
    sent = [(form, one) for form in FORMS for one in frames(MESSAGES[name], form)]
    capture = pcap([Frame(float(at), "lan", one) for at, (_form, one) in enumerate(sent)])
    wanted = [word for one in ("frame.protocols", *FIELDS) for word in ("-e", one)]
    options = ["-o", "udp.check_checksum:TRUE", "-T", "fields", "-E", "separator=|", *wanted]
    told = run(lab, "a", "tshark", "-n", "-r", "-", *options, given=capture)
    assert told.status == 0, told.err
    found = {}
    for (form, _one), line in zip(sent, told.out.splitlines(), strict=True):
        found.setdefault(form, []).append(line.split("|"))
    return found


@pytest.mark.parametrize("name", MESSAGES)
def test_tshark_reads_each_message_in_each_form(lab, name):
    names = {"hbh": "ipv6.hopopts", "do": "ipv6.dstopts", "rh": "ipv6.routing"}
    for form, told in read(lab, name).items():
        protocols, *fields = told[-1]  # where the pieces are put together
        if name == "dhcp6":
            assert fields == ["", "", str(dhcp6.ADVERTISE), "1"], form
        else:
            kind = {"ra": "134", "redirect": "137"}[name]
            assert fields == [kind, "1", "", ""], form
        for word, protocol in names.items():
            there = sum(rogue.NAMES[word] == one.kind for one in form.headers)
            assert protocols.count(protocol) == there or len(told) > 1, form


@pytest.mark.parametrize("form", rogue.CUT_WITHIN_HEADERS)
def test_a_first_fragment_that_is_cut_within_headers_shows_no_message(form):
    message = MESSAGES["ra"]
    pieces = [datagram(one) for one in frames(message, form._replace(last_first=False))]
    assert pieces[0] is None or pieces[0].icmp_type is None


def test_our_own_decoder_reads_what_is_sent():
    [frame] = frames(MESSAGES["ra"], rogue.PLAIN)
    heard = nd.decode(frame)
    assert heard.valid
    assert heard.lifetime == 1800
    assert heard.source == LINK_LOCAL
    assert [one.network for one in heard.prefixes] == [PREFIX]
    assert [str(one) for one in heard.dns_servers[0].servers] == [str(ONE)]


@pytest.mark.parametrize("form", FORMS)
def test_options_are_those_of_the_command(form):
    from ipv6lab.tools import rogue6

    chosen = rogue6._parser().parse_args(["ra", *form.options.split()])
    assert rogue.Form(chosen.headers, chosen.first, chosen.last_first) == form


@pytest.mark.parametrize("first", [0, 7, 9, 4096])
def test_a_first_fragment_of_no_right_size_is_refused(first):
    form = rogue.Form((rogue.Header(rogue.NAMES["frag"]),), first)
    with pytest.raises(ValueError, match="takes a multiple of 8"):
        MESSAGES["ra"].packets(form)


def test_a_host_on_the_link_hears_what_a_node_sends(lab):
    script = """
    tcpdump -n -U -i eth0 -c 4 -w /tmp/heard ip6 and ether src 02:00:00:00:99:01 2> /dev/null &
    until [ -s /tmp/heard ]; do sleep 0.05; done
    rogue6 ra --mac 02:00:00:00:99:01 --prefix 2001:db8:bad::/64 --headers hbh,do:64
    rogue6 redirect --mac 02:00:00:00:99:01 --headers frag,do --first 8
    rogue6 dhcp6 reply --mac 02:00:00:00:99:01 --to ff02::1 --transaction 0xabcdef
    wait
    tshark -n -r /tmp/heard -T fields -e icmpv6.type -e dhcpv6.msgtype -e dhcpv6.xid
    """
    told = run(lab, "a", "sh", "-c", script)
    assert told.status == 0, told.err
    assert "1 frames sent on eth0" in told.out
    assert re.findall(r"^134|^137|\t7\t0xabcdef$", told.out, re.M) == [
        "134",
        "137",
        "\t7\t0xabcdef",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ra", "-i", "nosuch0"], "nosuch0"),
        (["ra", "--mac", "02:00"], "is no MAC address"),
        (["ra", "--headers", "frag", "--first", "9"], "takes a multiple of 8"),
        (["ra", "--headers", "quux"], "is none of hbh, do, rh, frag"),
        (["ra", "--count", "101"], "number from 1 to 100"),
        (["ra", "--prefix", "2001:db8::1/64"], "--prefix"),
        (["dhcp6", "offer"], "choose from"),
        ([], "COMMAND"),
    ],
)
def test_what_cannot_be_sent_is_said_in_a_sentence(lab, arguments, said):
    told = run(lab, "a", "rogue6", *arguments)
    assert told.status == 2
    assert said in told.err
    assert "Traceback" not in told.err


def test_it_says_what_it_can_do(lab):
    for command in ([], ["ra"], ["redirect"], ["dhcp6"]):
        told = run(lab, "a", "rogue6", *command, "--help")
        assert told.status == 0, told.err
        assert "usage: rogue6" in told.out
