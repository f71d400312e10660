"""The traffic generator sends what it says, and its packets are what tshark takes them for."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from ipv6lab.tools import mix
from tests.sandbox import support

ENDS = ("2001:db8::a", "2001:db8::b", "192.0.2.1", "192.0.2.2")


def test_clients_are_different_and_of_every_prefix() -> None:
    found = mix.addresses(["3fff:e:100::/48", "3fff:e:200::/48", "198.51.100.0/25"], 90)
    assert len(set(found)) == 90
    assert len({str(one)[:8] for one in found}) == 3
    assert len({int(one) >> 64 for one in found if one.version == 6}) == 60  # a LAN for each
    assert mix.addresses(["2001:db8::5"], 2) == [*mix.addresses(["2001:db8::5"], 1)] * 2
    with pytest.raises(ValueError, match="no room for 200 clients"):
        mix.addresses(["198.51.100.0/25"], 200)


def test_parts_make_the_whole() -> None:
    for whole, parts in ((10, 3), (4300, 100), (5, 5), (0, 7), (999_999, 497)):
        found = mix.shares(whole, parts)
        assert sum(found) == whole
        assert max(found) - min(found) <= 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name one file"),
        (["--help"], "name one file"),
        (["/nowhere.json"], "No such file"),
        (['[{"gre": "::1"}]'], "no known kind: gre"),
        (['[{"udp": "2001:db8::1", "size": 500, "octets": 1}]'], "lacks 'from'"),
        (["{"], "Expecting"),
        (['[{"udp": "there", "from": ["::1"], "size": 500, "octets": 1}]'], "'there'"),
    ],
)
def test_a_mix_that_is_none_gets_one_sentence(
    words: list[str], said: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    if words and words[0][0] in "[{":
        file = tmp_path / "mix.json"
        file.write_text(words[0], encoding="utf-8")
        words = [str(file)]
    assert mix.main(words) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_what_is_sent_arrives_and_tshark_knows_it() -> None:
    sent = [
        {"udp": ENDS[1], "from": ["2001:db8:1::/64"], "clients": 3, "size": 500, "octets": 15000},
        {"udp": ENDS[3], "from": [ENDS[2]], "size": 1250, "octets": 25000},
        {"6in4": ENDS[3], "from": [ENDS[2]], "size": 999, "octets": 9990},
        {"ping": ENDS[1], "from": [ENDS[0]], "size": 1000, "octets": 8000},
    ]
    with support.throwaway() as lab:
        for number, node in enumerate("ab"):
            for one in (f"{ENDS[number]}/64", f"{ENDS[number + 2]}/24"):
                support.run(lab, node, "ip", "address", "add", one, "dev", "eth0", "nodad")
        support.run(lab, "a", "ip", "route", "add", "local", "2001:db8:1::/64", "dev", "lo")
        support.run(lab, "b", "ip", "route", "add", "2001:db8:1::/64", "via", ENDS[0])
        rules = "table inet t { chain c { type filter hook input priority 0; udp dport 9 drop; "
        rules += "ip protocol 41 drop; icmpv6 type echo-request drop; }; }"
        assert support.run(lab, "b", "nft", rules).status == 0
        watching = ["tshark", "-Q", "-l", "-i", "eth0", "-w", "/tmp/seen", "-a", "duration:60"]
        seen = lab.open("exec", node="b", argv=watching)
        for _try in range(200):
            done = support.run(lab, "b", "sh", "-c", "[ -s /tmp/seen ] || { sleep 0.1; false; }")
            if done.status == 0:
                break
        done = support.run(lab, "a", "traffic-mix", "-", given=json.dumps(sent).encode())
        assert done.status == 0, done.err
        assert done.out.count("packets") == 4
        read = ["tshark", "-r", "/tmp/seen", "-T", "fields", "-o", "udp.check_checksum:TRUE"]
        for one in ("ip.len", "ipv6.plen", "ipv6.src", "udp.checksum.status", "icmpv6.type"):
            read += ["-e", one]
        wanted = ["-Y", "udp.dstport == 9 || icmpv6.type == 128"]
        for _try in range(100):
            told = support.run(lab, "b", *read, *wanted)
            lines = [line.split("\t") for line in told.out.splitlines()]
            if len(lines) >= 30 + 20 + 10 + 8:
                break
        seen.cancel()
    six = [one for one in lines if not one[0] and one[4] != "128"]
    four = [one for one in lines if one[0] and not one[1]]
    tunnelled = [one for one in lines if one[0] and one[1]]
    pings = [one for one in lines if one[4] == "128"]
    assert {int(one[1]) + 40 for one in six} == {500}
    assert len({one[2] for one in six}) == 3
    assert {one[0] for one in four} == {"1250"}
    assert {(one[0], int(one[1]) + 40) for one in tunnelled} == {("1019", 999)}
    assert {int(one[1]) + 40 for one in pings} == {1000}
    assert [len(six), len(four), len(tunnelled), len(pings)] == [30, 20, 10, 8]
    # 1 is a checksum that holds.
    assert {one[3] for one in six + tunnelled} == {"1"}


def test_it_runs_without_the_engine() -> None:
    done = subprocess.run(
        ["python3", "-I", str(mix.__file__)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "name one file" in done.stderr
