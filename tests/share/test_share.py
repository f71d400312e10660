"""The share of IPv6 in public log formats, against sums made by hand."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab import cli
from ipv6lab.share import counters, nfdump, weblog
from ipv6lab.share.records import IPV4, NAT64, NATIVE, OTHER, TUNNEL, Bad, Rules, network, network6
from ipv6lab.share.tally import tally
from ipv6lab.words.errors import LabError

TIME = "[10/Oct/2026:13:55:36 +0700]"
REQUEST = '"GET /?q=\\"[x] HTTP/1.1" 200'
SUMMARY = "Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n6,99999,1,1,1,1\n"


def written(folder: Path, text: str, name: str = "log") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    "before", ["", "www.example.net ", "[2001:db8::80]:443 ", "192.0.2.80:80 "]
)
@pytest.mark.parametrize("after", ["", ' "https://a.example/" "Mozilla \\" 5.0 200 7"'])
@pytest.mark.parametrize("user", ["-", "bob", "bob the builder"])
def test_common_combined_and_vhost_combined(before: str, after: str, user: str) -> None:
    found = weblog.line(f"{before}2001:db8:1::5 - {user} {TIME} {REQUEST} 2326{after}")
    assert [str(one) for one in found.ends] == ["2001:db8:1::5"]
    assert (found.size, found.month, found.requests) == (2326, "2026-10", 1)


def test_json_lines_of_several_servers() -> None:
    lines: list[dict[str, object]] = [
        {"remote_addr": "::ffff:192.0.2.1", "body_bytes_sent": "10", "time_local": TIME[1:-1]},
        {"request": {"remote_ip": "192.0.2.1"}, "size": 10, "ts": 1790900000.5},
        {"ClientHost": "192.0.2.1", "DownstreamContentSize": 10, "time": "2026-10-01T00:00:00Z"},
    ]  # fmt: skip
    for one in lines:
        found = weblog.json_line(json.dumps(one))
        assert (str(found.ends[0]), found.size, found.month) == ("192.0.2.1", 10, "2026-10")


def test_the_share_by_octets_requests_and_clients(tmp_path: Path) -> None:
    clients = {  # address: octets of each request
        "2001:db8:1::1": [100, 200],
        "2001:db8:1::2": [300],
        "2002:c000:201::1": [50],
        "2001:0:1::1": [50],
        "2001:db8:6d::1": [100],
        "192.0.2.1": [400],
        "::ffff:192.0.2.1": [800],
        "64:ff9b::c000:201": [7000],
        "fe80::1": [9000],
        "198.51.100.9": [9000],
    }
    text = "".join(
        f"{client} - - {TIME} {REQUEST} {size}\n" for client, all in clients.items() for size in all
    )
    rules = Rules(
        sixrd=(network6("2001:db8:6d::/48"),),
        exclude=(network("198.51.100.9"),),
        offices=(("Đà Nẵng", (network("2001:db8:1::/48"), network("192.0.2.0/25"))),),
    )
    source = tally([written(tmp_path, text)], rules).sources["web"]
    counts = {kind: source.all.of("bytes", kind) for kind in (NATIVE, TUNNEL, IPV4, NAT64, OTHER)}
    assert counts == {NATIVE: 600, TUNNEL: 200, IPV4: 1200, NAT64: 7000, OTHER: 18000}
    assert source.all.share("bytes") == pytest.approx(100 * 800 / 2000)
    assert source.all.share("requests") == pytest.approx(100 * 6 / 8)
    assert source.all.share("clients") == pytest.approx(100 * 5 / 6)
    assert source.offices["Đà Nẵng"].share("bytes") == pytest.approx(100 * 600 / 1800)
    assert set(source.networks) == {
        "2001:db8:1::/48", "2002:c000:200::/40", "2001:0:1::/48", "2001:db8:6d::/48",
        "192.0.2.0/24", "64:ff9b::/48",
    }  # fmt: skip


@pytest.mark.parametrize(
        "headline",
    [
        "ts,te,td,sa,da,sp,dp,pr,ibyt,obyt",
        "firstSeen,lastSeen,duration,srcAddr,dstAddr,srcPort,dstPort,proto,bytes,x",
    ],
)  # fmt: skip
def test_flows(tmp_path: Path, headline: str) -> None:
    ends = [
        ("2001:db8:1::1", "2001:db8:f::1", 50000, 443, "TCP", 100),
        ("2001:db8:f::1", "2001:db8:1::1", 443, 50000, "TCP", 500),
        ("192.0.2.1", "203.0.113.1", 50000, 443, "6", 400),
        ("192.0.2.1", "203.0.113.2", 0, 0, "IPv6", 200),
        ("2001:db8:1::1", "64:ff9b::cb00:7101", 50000, 443, "TCP", 7000),
        ("fe80::1", "ff02::1", 0, 134, "ICMP6", 5000),
        ("2001:db8:1::1", "2001:db8:f::1", 0, 128, "ICMP6", 5000),
    ]
    rows = [
        f"2026-10-01 00:00:00,2026-10-01 00:00:01,1.0,{one},{two},{sport},{dport},{proto},{size},0"
        for one, two, sport, dport, proto, size in ends
    ]
    text = "\n".join([headline, *rows, SUMMARY])
    report = tally([written(tmp_path, text)], Rules())
    source = report.sources["flows"]
    assert report.bad_lines == 0
    assert source.all.of("bytes", NATIVE) == 600
    assert source.all.of("bytes", TUNNEL) == 200
    assert source.all.of("bytes", NAT64) == 7000
    assert source.all.of("bytes", OTHER) == 10000
    assert source.all.share("bytes") == pytest.approx(100 * 800 / 1200)
    assert source.all.of("clients", NATIVE) == 1
    assert list(source.months) == ["2026-10"]


def test_counters_as_text_and_as_json(tmp_path: Path) -> None:
    values = {"wan_v6": 30, "wan_v4": 70, "tslcd-ipv6": 5, "tslcd-ipv4": 5, "wan_6in4": 20}
    text = "table inet share {\n"
    for name, size in values.items():
        text += f"\tcounter {name} {{\n\t\tpackets 1 bytes {size}\n\t}}\n"
    text += "\tcounter misc {\n\t\tpackets 1 bytes 999\n\t}\n}\n"
    entries = [
        {"counter": {"family": "inet", "name": name, "packets": 1, "bytes": size}}
        for name, size in {**values, "misc": 999}.items()
    ]
    document = json.dumps({"nftables": [{"metainfo": {}}, *entries]})
    for name, content in (("nft.txt", text), ("nft.json", document)):
        report = tally([written(tmp_path, content, name)], Rules())
        source = report.sources["counters"]
        assert report.bad_lines == 1, name
        assert source.all.share("bytes") == pytest.approx(100 * 55 / 130)
        assert source.all.share("requests") is None
        assert source.offices["tslcd"].share("bytes") == 50
        assert source.offices["wan"].share("bytes") == pytest.approx(100 * 50 / 120)


def test_compressed_and_broken_archives(tmp_path: Path) -> None:
    good = f"192.0.2.1 - - {TIME} {REQUEST} 5\n".encode() * 5000
    (tmp_path / "log.gz").write_bytes(gzip.compress(good))
    assert tally([str(tmp_path / "log.gz")], Rules()).counted == 5000
    (tmp_path / "cut.gz").write_bytes(gzip.compress(good)[:-30])
    cut = tally([str(tmp_path / "cut.gz")], Rules())
    assert 0 < cut.counted <= 5000
    assert cut.bad_lines == 1


def test_bad_lines_are_counted_and_named_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        f"192.0.2.1 - - {TIME} {REQUEST} 5\nsecret \x1b[2J\n"
        f"pc.example - - {TIME} {REQUEST} 5\n" + "x" * 200_000 + "\n"
        f"192.0.2.1 - - [31/Feb/2026:00:00:00 +0700] {REQUEST} 5\n"
        f"192.0.2.1 - - {TIME} {REQUEST} {'9' * 31}\n"
        f"2001:db8::1 - - {TIME} {REQUEST} 5\n"
    )
    picture = tmp_path / "share.svg"
    name = written(tmp_path, text)
    assert cli.main(["share", name, "--json", "--target", "60", "--plot", str(picture)]) == 0
    told = capsys.readouterr().out
    found = json.loads(told)
    assert [one["line"] for one in found["files"][0]["reasons"]] == [2, 3, 4, 5, 6]
    assert found["files"][0]["bad"] == 5
    assert found["sources"][0]["share"] == {"bytes": 50.0, "requests": 50.0, "clients": 50.0}
    assert "secret" not in told
    assert "50.00" in picture.with_name("share.svg.txt").read_text("utf-8")
    assert "<svg" in picture.read_text("utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ["/nowhere"], ["/"], ["/dev/zero"], ["{log}", "--target", "nan"], ["{log}", "--6rd", "x"],
        ["{log}", "--office", "A"], ["{log}", "--plot", "a.exe"], ["{empty}"], ["{log}\0"],
        ["{log}", "--format", "json"], ["{log}", "--6rd", "192.0.2.0/24"],
    ],
)  # fmt: skip
def test_wrong_input_is_one_sentence(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = written(tmp_path, f"192.0.2.1 - - {TIME} {REQUEST} 5\n")
    empty = written(tmp_path, "", "empty")
    given_words = [one.replace("{log}", log).replace("{empty}", empty) for one in words]
    assert cli.main(["share", *given_words]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert len(told.err.splitlines()) == 1


LINES = st.one_of(
    st.text(max_size=80),
    st.from_regex(
        r'\S{1,9} - - \[1\d/Oct/20\d\d:1\d:11:11 \+0700\] "G" 200 \d{1,40}', fullmatch=True
    ),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
        lambda inner: st.dictionaries(
            st.sampled_from(["remote_addr", "bytes", "time", "request", "ts", "family", "name"]),
            inner,
        ),
        max_leaves=6,
    ).map(json.dumps),
    st.lists(st.text(max_size=9), max_size=12).map(",".join),
)


@given(LINES)
def test_no_line_does_harm(text: str) -> None:
    reader = nfdump.Reader()
    reader.line("ts,sa,da,sp,dp,pr,ibyt")
    for read in (weblog.line, weblog.json_line, reader.line, counters.Reader().line):
        try:
            found = read(text)
        except Bad:
            continue
        if found is not None:
            assert 0 <= found.size <= 2 * 10**18
            assert Rules().kind(found) in (NATIVE, TUNNEL, IPV4, NAT64, OTHER)


@given(st.binary(max_size=400))
def test_no_file_does_harm(data: bytes) -> None:
    for format in ("web", "json", "nfdump", "nft", "nft-json"):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            try:
                report = tally([file.name], Rules(), format)
            except LabError:  # it begins as an archive does, and is none
                continue
        assert report.bad_lines + report.counted <= sum(one.lines for one in report.files) + 1
