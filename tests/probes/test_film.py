"""What a film tells of links and nodes, on a staff LAN of real namespaces."""

import time
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from ipv6lab.linux import tape
from ipv6lab.network.netlink import Netlink, delete_address
from ipv6lab.probes import Record
from ipv6lab.words.message import _
from tests.probes.stage import ROUTER, Stage, advertisement, isolated, prefix

STAFF = "2001:db8:100:110::"
BY_HAND = "2001:db8:100:110::77"


def ready():
    stage = Stage()
    stage.settle()
    stage.lab.record = Record(time.monotonic() + 120)
    return stage


def built(film, node="pc1"):
    """The histories of what a node built in the staff prefix."""
    network = IPv6Network(f"{STAFF}/64")
    return [one for one in film.address_histories(node, 6) if one.item.address in network]


def until(film, look, within=25):
    found = film.wait(look, within, _("waiting"))
    assert found, "it never happened"
    return found


def test_a_record_that_is_still_being_written_is_read_later():
    whole = tape.create()
    tape.write(whole, tape.MARK, "laid", moment=5.0)
    tape.write(whole, tape.PACKET, "staff", "pc1", "sent", data=b"frame", moment=6.0)
    with open(f"/proc/self/fd/{whole}", "rb") as file:
        data = file.read()
    part = tape.create()
    pieces, at = [], 0
    for octet in range(len(data)):
        with open(f"/proc/self/fd/{part}", "ab") as file:
            file.write(data[octet : octet + 1])
        for end, piece in tape.read(part, at):
            pieces.append(piece)
            at = end
    assert pieces == [
        (tape.MARK, 5.0, ("laid",), b""),
        (tape.PACKET, 6.0, ("staff", "pc1", "sent"), b"frame"),
    ]


def test_a_full_tape_keeps_what_it_has(monkeypatch):
    monkeypatch.setattr(tape, "FULL", 1000)
    full = tape.create()
    assert tape.write(full, tape.PACKET, "staff", "pc1", "sent", data=bytes(900))
    assert not tape.write(full, tape.PACKET, "staff", "pc1", "sent", data=bytes(200))
    assert len(list(tape.read(full, 0))) == 1


@isolated
def test_what_is_advertised_unasked_is_told_from_answers():
    stage = ready()
    message = advertisement(prefix(STAFF))
    with stage.filmed() as film, stage.router(message, interval=1.0):
        unasked = until(film, lambda: film.advertisements("staff", ROUTER))
        assert unasked[0].multicast
        assert not unasked[0].solicited
        assert [str(one.network) for one in unasked[0].advertisement.prefixes] == [f"{STAFF}/64"]
        asked = stage.lab.node("pc1").solicit()
        asked.advertisement()
        moment = film.now
        until(film, lambda: any(one.solicited for one in film.advertisements("staff")))
        assert film.solicitations("staff")[0].node == "pc1"
        assert all(one.solicited for one in film.advertisements(after=moment - 0.01, until=moment))
        assert not film.advertisements("srv")
        assert not film.advertisements(sender="pc2")
        assert film.complete(["pc1", ROUTER])


@isolated
def test_an_address_is_followed_from_its_beginning_to_its_end():
    stage = ready()
    short = advertisement(prefix(STAFF, valid=4, preferred=2), lifetime=3)
    with stage.filmed() as film:
        with stage.router(short, interval=60.0):
            one = until(film, lambda: built(film))[0]
            assert one.there
            assert not one.flapped
            began = one.began
        until(film, lambda: built(film)[0].deprecated)
        until(film, lambda: built(film)[0].expired)
        one = built(film)[0]
        assert not one.there
        assert one.was_there(began + 1)
        then = one.at(began + 1.5)
        assert then.preferred <= 1
        assert then.valid <= 3
        assert not any(each.address == then.address for each in film.addresses("pc1", 6))
        assert then.address in [each.address for each in film.addresses("pc1", at=began + 1)]
        # The kernel collects an expired route long after it goes by it no more.
        default = next(each for each in film.route_histories("pc1", 6) if each.item.default)
        until(film, lambda: film.routes("pc1", 6) and default.expired)
        assert 1.5 < default.expired[0] - default.began < 5
        assert not [each for each in film.routes("pc1", 6) if each.default]


@isolated
def test_what_an_advertisement_renews_is_seen_to_be_renewed():
    stage = ready()
    message = advertisement(prefix(STAFF, valid=7300, preferred=60), lifetime=20)
    with stage.filmed() as film, stage.router(message, interval=2.5):
        until(film, lambda: built(film) and built(film)[0].renewed)

        def routes():
            return [one for one in film.route_histories("pc1", 6) if one.item.default]

        until(film, lambda: routes() and routes()[0].renewed)
        heard = [one.time for one in film.advertisements("staff")]
        assert all(any(0 <= at - each < 1 for each in heard) for at in built(film)[0].renewed)
        assert not built(film)[0].deprecated
        assert routes()[0].there


@isolated
def test_what_goes_and_comes_again_has_flapped():
    stage = ready()
    with stage.filmed() as film:

        def spans():
            one = film.address("pc1", BY_HAND)
            return len(one.spans) if one else 0

        for times in (1, 2):
            stage.address("pc1", "eth0", f"{BY_HAND}/64", nodad=True)
            # The kernel tells of an address from a work queue: one deleted before is never told.
            until(film, lambda times=times: spans() == times)
            with Netlink(stage.namespace("pc1")) as netlink:
                index = netlink.link("eth0").index
                netlink.send([delete_address(index, f"{BY_HAND}/64")])
        stage.address("pc1", "eth0", f"{BY_HAND}/64", nodad=True)
        until(film, lambda: spans() == 3)
        one = film.address("pc1", BY_HAND)
        assert one.there
        assert one.flapped
        assert not one.expired
        assert film.address("pc2", BY_HAND) is None
        assert IPv6Address(BY_HAND) in [each.address for each in film.addresses("pc1", 6)]


@isolated
def test_a_film_begins_with_what_is_there_and_asks_nothing():
    stage = ready()
    with stage.filmed() as film:
        time.sleep(1)
        assert not film.packets()
        assert film.addresses("pc1", 4)
        assert {each.gateway for each in film.routes("pc1", 4) if each.default} == {
            IPv4Address(stage.plan["staff.router4"])
        }
