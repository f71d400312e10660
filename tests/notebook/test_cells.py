"""What is typed in cells, in a real kernel on a real lab."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from ipv6lab import sandbox
from ipv6lab.course import content
from tests.notebook.kernels import Kernel

REFERENCE = content.find().solutions / "L04" / "reference"


@pytest.fixture
def started(notebook: Kernel) -> Kernel:
    ran = notebook("%lab start L04")
    assert "L04 runs: SLAAC for the staff VLAN." in ran.text, ran
    return notebook


def journal() -> list[dict[str, object]]:
    with sandbox.join(None) as lab:
        return list(lab.request("journal")["entries"])


def commands() -> dict[str, int | None]:
    """What was recorded as typed, with the status it ended with."""
    entries = journal()
    ends = {entry["of"]: entry["status"] for entry in entries if entry["kind"] == "end"}
    return {
        str(entry["command"]): ends.get(entry["seq"])  # type: ignore[misc]
        for entry in entries
        if entry["kind"] == "command"
    }


def test_a_cell_is_typed_on_a_node(started: Kernel) -> None:
    ran = started("%%host pc1\nhostname\necho {{ app.address }}; ls /nix\nexit 3")
    assert ran.error is None
    assert ran.text.splitlines()[:2] == ["pc1", "2001:db8:100:440::80"]
    assert "No such file" in ran.text
    assert "✘ exit status 3" in ran.words
    typed = "hostname\necho 2001:db8:100:440::80; ls /nix\nexit 3"
    assert commands() == {typed: 3}
    assert "Route of pc1 to " in started("%explain pc1 fe80::1").text
    assert "The plan calls it app.address." in started("%explain {{ app.address }}").text
    line = started("%host hq-core x=there; hostname; echo $x {{ app.address }}")
    assert line.text.split() == ["hq-core", "there", "2001:db8:100:440::80"]
    assert "✔ exit status 0" in line.words
    assert started("lab.host('pc2').run('echo out; echo err >&2; exit 4')").result == (
        "Done(status=4, output='out\\n', errors='err\\n')"
    )
    assert started("lab.host('pc1').run(['cat', '/etc/hostname']).output").result == "'pc1\\n'"
    assert started("lab.host('pc1').interfaces").result == "['eth0']"


def test_what_it_says_is_seen_while_it_runs_and_folds_when_it_is_long(started: Kernel) -> None:
    # The kernel prints the first line while the program waits for a file that comes later.
    started("import threading")
    ran = started(
        "release = threading.Timer(1.5, lambda: lab.host('pc1').run('touch /root/go'))\n"
        "release.start()\n"
        "get_ipython().run_cell_magic('host', 'pc1', "
        "'echo first; until [ -e /root/go ]; do sleep 0.1; done; echo last')"
    )
    first, last = (
        next(when for when, text in ran.chunks if word in text) for word in ("first", "last")
    )
    assert last - first > 1
    long = started("%%host pc1\nseq 1 5000")
    assert long.text.splitlines() == [str(number) for number in range(1, 41)]
    folded, _status = long.displays
    assert "<summary>4950 more lines</summary>" in folded["text/html"]
    assert folded["text/html"].endswith(
        "<pre>4991\n4992\n4993\n4994\n4995\n4996\n4997\n4998\n4999\n5000\n</pre>"
    )
    assert "\n2500\n" in folded["text/plain"]


def test_interrupting_a_cell_ends_the_program_and_not_the_kernel(started: Kernel) -> None:
    started("marker = 1")
    ran = started("%%host pc1\nping ::1", interrupt_after="icmp_seq=1")
    assert ran.error is None
    assert "1 packets transmitted" in ran.text or "packets transmitted" in ran.text
    assert "■ interrupted" in ran.words
    # What heeds no interrupt is ended all the same, and what comes after it is not begun.
    stubborn = "trap '' INT TERM; echo ready; while :; do read -t 1 < /dev/zero; done; echo after"
    ran = started(f"%%host pc1\n{stubborn}", interrupt_after="ready")
    assert "■ interrupted" in ran.words
    assert "after" not in ran.text
    checking = started("print('checking', flush=True)\nlab.check()", interrupt_after="checking")
    assert checking.error == ("KeyboardInterrupt", "Interrupted.", ["Interrupted."])
    assert started("marker").result == "1"
    assert set(commands().values()) == {130}  # what was interrupted is not done again in a replay
    assert started("lab.host('pc1').run('pgrep -c ping').output").result == "'0\\n'"


def test_a_file_is_written_recorded_and_checked(started: Kernel) -> None:
    ran = started(
        "%%file hq-core:/etc/radvd.conf\n"
        "interface staff {\n    AdvSendAdvert on;\n    prefix {{ staff.prefix }} {};\n};"
    )
    assert ran.error is None
    assert ran.words == "/etc/radvd.conf is written on hq-core.\n"
    assert started("print(lab.host('hq-core').read('/etc/radvd.conf'))").text.count(
        "prefix 2001:db8:100:110::/64 {};"
    )
    (entry,) = (entry for entry in journal() if entry["kind"] == "files")
    assert [file["path"] for file in entry["files"]] == ["etc/radvd.conf"]  # type: ignore[attr-defined]
    wrong = started("%%file hq-core:/etc/radvd.conf\ninterface staff {\n    Nonsense;\n};")
    assert wrong.error is None
    assert "✘ 2      Nonsense;\n     ^ error: syntax error" in wrong.words
    assert "<em>error: syntax error</em>" in wrong.displays[0]["text/html"]
    foreign = started("%%file app:/etc/motd\nhello")
    assert foreign.sentence == "app is not yours to configure; yours are hq-core, pc1, pc2."
    started("%%file pc1:/usr/local/bin/tool\n#!/bin/sh\necho it runs")
    assert started("lab.host('pc1').run('tool').output").result == "'it runs\\n'"


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("%%host pcx\nls", "There is no node pcx; did you mean pc2, pc1?"),
        ("%%host\nls", "%%host is used like this: %%host NODE"),
        ("%%file pc1\nx", "%%file is used like this: %%file NODE:/etc/radvd.conf"),
        ("%%file pc1:etc/x\nx", "etc/x is no place for a file; it begins with a slash: /etc/…"),
        ("%%file pc1:/etc\nx", "The files for pc1 cannot be laid there: /etc: Is a directory."),
        ("%%file pc1:/etc/hosts/x\nx", "laid there: /etc/hosts: "),
        ("%capture staf", "There is no node or link staf here"),
        ("%capture staff nonsense filter", "nonsense filter"),
        ("%capture stop", "Nothing is being captured; %capture pc1:eth0 begins."),
        ("%hint M99", "M99"),
        ("%lab start L99", "L99"),
        ("%lab start L05", "Seat 0 runs L04, and this is about L05"),
        ("%lab dance", "%lab dance is nothing that there is"),
        ("%answer x", "the exercise asks no questions"),
        ("%save /proc/here", "/proc/here cannot be written"),
        ("%demo next", "No demonstration goes on; %demo ipv6-only begins it."),
        ("%demo ipv4-only", "%demo is used like this: %demo ipv6-only"),
        ("%%host pc1\nping {{ app.adress }}", "did you mean app.address"),
        ("lab.host('pcx')", "There is no node pcx"),
        ("%terminal pcx", "There is no node pcx"),
        ("ip -6 addr", "ip is typed on a node, and this cell is Python: write %%host hq-core"),
        ("ping -c 1 app\nls", "ping is typed on a node"),
        ("hostname", "hostname is typed on a node"),
        ("cat /etc/radvd.conf", "cat is typed on a node"),
        ("!ip -6 addr", "!ip would be about this machine and not about a node: write %%host hq-"),
        ("shown = !sudo ss -tln", "!ss would be about this machine"),
        ("!ipv6lab check", "In a cell this is called %check"),
        ("ipv6lab shell pc1", "In a cell this is called %terminal pc1"),
        ("%chek", "There is no magic %chek; did you mean %check?"),
        ("%%hots pc1\nls", "There is no magic %%hots; did you mean %%host?"),
        ("%%check\nls", "There is no magic %%check; did you mean %check?"),
        ("%%host pc1\nvim /etc/hosts", "%terminal pc1 opens one, and %%file pc1:/etc/hosts"),
        ("%%bash\ncd /tmp\nip -6 addr", "!ip would be about this machine"),
        ("%%sh\n/bin/ping -c 1 ::1", "!ping would be about this machine"),
        ("!cd /tmp && sudo ip route", "!ip would be about this machine"),
        ("%%host pc1", "%%host takes the lines below it, and there are none."),
        ("check", "There is a percent sign before it: %check"),
        ("lab start L04", "There is a percent sign before it: %lab start L04"),
        ("host pc1 ip -6 addr", "There is a percent sign before it: %host pc1 ip -6 addr"),
        ("host pc1\nip -6 addr", "There is a percent sign before it: %%host pc1"),
        ("file pc1:/etc/x\ninterface eth0 {", "before it: %%file pc1:/etc/x"),
        ("host app.example", "host is typed on a node"),
        ("exit", "A cell has nothing to leave"),
        ("quit()", "A cell has nothing to leave"),
        ("%%host pc1\nwatch ip -6 addr", "watch wants a terminal"),
        ("%host pc1 top", "top wants a terminal, which a cell is not: %terminal pc1 opens one."),
    ],
)
def test_a_mistake_is_told_in_one_sentence(shared: Kernel, cell: str, sentence: str) -> None:
    assert sentence in shared(cell).sentence


@pytest.mark.parametrize(
    ("cell", "name"), [("1 +", "SyntaxError"), ("nothing_known", "NameError"), ("x = 1 1", "Syn")]
)
def test_what_is_wrong_in_python_is_told_by_python(shared: Kernel, cell: str, name: str) -> None:
    ran = shared(cell)
    assert ran.error is not None
    assert ran.error[0].startswith(name)
    assert len(ran.error[2]) > 1 or "\n" in ran.error[2][0]


def test_a_cell_says_what_ended_with_it(shared: Kernel) -> None:
    assert "Each cell is a shell of its own" in shared("%%host pc1\ncd /etc").text
    assert "Each cell is a shell of its own" not in shared("%%host pc1\ncd /etc\nls").text
    assert shared("!echo of this machine").text.strip() == "of this machine"
    assert "usage: ipv6lab" in shared("!ipv6lab list --help").text


def test_the_picture_follows_what_is_stopped_and_started_elsewhere(started: Kernel) -> None:
    started("from ipv6lab.notebook.views.network import NetworkView")
    started("picture = NetworkView(lab.session)")

    def wait_for(sign: str) -> None:
        end = time.monotonic() + 60
        while sign not in started("print(picture.view.html)").text:
            assert time.monotonic() < end, sign
            time.sleep(0.2)

    wait_for("● runs on seat 0")
    assert sandbox.stop(None)
    wait_for("○ does not run")
    with Kernel() as elsewhere:
        elsewhere("%lab start L04")
        elsewhere("%host hq-core ip address add 2001:db8::77/64 dev staff")
    wait_for("● runs on seat 0")
    wait_for("2001:db8::77/64")
    # A window that is closed meanwhile finds it as it is.
    started("picture.view._take(None, {'seen': False}, [])")
    assert sandbox.stop(None)
    started("picture.view._take(None, {'seen': True}, [])")
    wait_for("○ does not run")


def test_without_a_lab_a_sentence_says_what_to_do(notebook: Kernel) -> None:
    for cell in ("%check", "%task", "%%host pc1\nls", "%topology", "%capture staff"):
        assert notebook(cell).sentence == "No lab is running; %lab start L04 starts the one of L04."
    assert notebook("%lab start").sentence == "Say which exercise: %lab start L04."
    notebook("%lab start L04")
    notebook("%host pc1 echo of mine > /root/note")
    notebook("%lab stop")
    assert notebook("%check").sentence == "L04 does not run; %lab start starts it."
    assert notebook("%lab status").text == "No lab is running.\n"
    again = notebook("%lab start").text
    assert "L04 runs: SLAAC" in again
    assert "Commands that you typed earlier: 1; %lab start L04 --force --resume" in again
    assert "No such file" in notebook("lab.host('pc1').read('/root/note')").sentence
    notebook("%lab start L04 --force")
    notebook("%lab start L04 --force --resume")
    assert notebook("lab.host('pc1').read('/root/note')").result == "'of mine\\n'"


def test_check_hint_capture_and_save(started: Kernel, tmp_path: Path) -> None:
    assert "SLAAC for the staff VLAN" in started("%task").displays[0]["text/markdown"]
    assert "hq-core" in started("%topology").words
    begun = started("%capture staff icmp6")
    assert begun.words == "Listening on staff; %capture stop ends it.\n"
    assert "%capture stop" in started("%capture pc1").sentence
    # While an address is looked for elsewhere (DAD), nothing can be sent from it.
    started(
        "%%host pc1\n"
        "while ip -6 address show tentative | grep -q inet6; do sleep 0.1; done\n"
        "rdisc6 -1 -r 1 -w 1000 eth0"
    )
    assert "Router Solicitation" in started("%capture stop").words
    counted = started("%capture pc1:eth0 --count 1 --seconds 30")  # DAD or solicitations go by
    assert counted.error is None
    started(f"_ = lab.apply({str(REFERENCE)!r})")
    passed = started("%check")
    assert "100 of 100" in passed.words or "100" in passed.words, passed
    assert started("lab.result['score']").result == "100"
    assert "L01" in passed.displays[-1]["text/markdown"]  # what comes next, as on the start page
    hint = started("%hint m1")
    assert "rdisc6" in hint.displays[0]["text/markdown"]
    assert "Hint 1 of 3 for M1" in hint.displays[0]["text/markdown"]
    folder = tmp_path / "work"
    assert f"{folder} holds your work on L04" in started(f"%save {folder}").text
    assert (folder / "journal.jsonl").is_file()


def test_a_restarted_kernel_and_a_second_notebook_find_the_lab(
    started: Kernel, labs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started("%%host pc1\necho kept > /root/note")
    started.restart()
    assert started("lab.host('pc1').read('/root/note')").result == "'kept\\n'"
    assert "goes on as it is" in started("%lab start L04").text
    # A notebook that knows its exercise, by the file that Jupyter names, finds its seat too.
    started("%lab start L04 --seat 9")
    file = labs / "mine.ipynb"
    file.write_text(json.dumps({"metadata": {"ipv6lab": {"exercise": "L04"}}}), encoding="utf-8")
    monkeypatch.setenv("JPY_SESSION_NAME", str(file))
    monkeypatch.setenv("IPV6LAB_SEAT", "9")
    with Kernel() as second:
        assert second("lab.exercise, lab.seat").result == "('L04', 9)"
        assert second("str(lab.plan.staff.prefix)").result == "'2001:db8:1009:110::/64'"
        # Each has a shell of its own, and what one does the other sees.
        second("%%host pc1\necho from the second > /root/note")
        assert started("lab.host('pc1').read('/root/note')").result == "'from the second\\n'"
        second("%lab stop")
        assert started("%host pc1 ls").sentence == "L04 does not run; %lab start starts it."


def test_tab_offers_what_there_is(started: Kernel) -> None:
    assert "%%host" in started.complete("%%ho")
    assert set(started.complete("%%host pc")) >= {"pc1", "pc2"}
    assert "pc1:eth0" in started.complete("%capture pc1")
    assert started.complete("%capture pc1:") == ["eth0"]
    assert "staff" in started.complete("%capture sta")
    assert "M1" in started.complete("%hint ")
    assert "L04" in started.complete("%lab start L0")
    assert "reset" in started.complete("%lab re")
