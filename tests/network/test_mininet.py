"""Mininet in sandboxes: stock `mn`, its published walkthrough and its own examples on LabNet."""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from mininet_programs import UNSUPPORTED, ipv6lab, made

from ipv6lab import image
from tests.backends import no_lab, require_image

# What stands in Mininet's examples and cannot run on bridges of this image, and why.
ELSEWHERE = {
    "__init__": "is no program",
    "baresshd": "needs sshd",
    "cluster": "needs other machines",
    "clusterSanity": "needs other machines",
    "clustercli": "needs other machines",
    "clusterdemo": "needs other machines",
    "clusterperf": "needs other machines",
    "consoles": "needs a display",
    "controlnet": "asks for a UserSwitch",
    "cpu": "needs control groups of version 1",
    "hwintf": "needs a network card",
    "limit": "needs control groups of version 1",
    "linearbandwidth": "takes long for what others show too",
    "miniedit": "needs a display",
    "numberedports": "asks Open vSwitch for the ports of Mininet's default switch, a bridge here",
    "scratchnet": "makes nodes without a network",
    "scratchnetuser": "makes nodes without a network",
    "simpleperf": "needs control groups of version 1",
    "sshd": "needs sshd",
    "tree1024": "takes a machine that has room for a thousand hosts",
    "treeping64": "asks for a UserSwitch",
    "vlanhost": "needs vconfig",
}
# The others, with what is typed into their command line and what they must have said at the end.
EXAMPLES = {
    # What h1 mounts h2 does not see; the sum is in no line that is typed.
    "bind": (
        "h1 echo word-$((40 + 2)) > /var/run/one\nh1 cat /var/run/one\nh2 cat /var/run/one\n",
        "word-42",
    ),
    "controllers": ("pingall\n", "0% dropped (12/12 received)"),
    "controllers2": ("pingall\n", "0% dropped (12/12 received)"),
    "emptynet": ("pingall\n", "0% dropped (2/2 received)"),
    "intfoptions": ("", "Mbits/sec"),
    "linuxrouter": ("pingall\n", "0% dropped (12/12 received)"),
    # It moves a host three times, and the controller has to learn that.
    "mobility": ("", "0% dropped (6/6 received)"),
    "multilink": ("pingall\n", "0% dropped (2/2 received)"),
    "multiping": ("", "1 packets transmitted, 1 received"),
    "multipoll": ("", "h3: 64 bytes from"),
    "multitest": ("pingall\n", "0% dropped (12/12 received)"),
    "nat": ("pingall\n", "0% dropped (20/20 received)"),
    "natnet": ("h1 ping -c 1 h0\n", "1 packets transmitted, 1 received"),
    "popen": ("", "5 packets transmitted, 5 received"),
    "popenpoll": ("", "10 packets transmitted, 10 received"),
}
SLOW = ("intfoptions", "multiping", "popenpoll")  # they wait for 10 s and more by themselves


@pytest.fixture(autouse=True)
def runtime(monkeypatch):
    directory = tempfile.mkdtemp(prefix="v6-")
    monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
    yield
    shutil.rmtree(directory)


def examples():
    require_image()
    root = image.find().root
    return root / "usr/lib/python3/dist-packages/mininet/examples"


def test_stock_mininet_runs_in_a_sandbox():
    done = ipv6lab("mn", "--test", "pingall")
    assert done.returncode == 0
    assert "0% dropped (2/2 received)" in done.stdout
    assert "Stopping 2 hosts" in done.stdout  # which LabNet would not say


def test_stock_mininet_builds_a_topology_of_the_course():
    done = ipv6lab("mn", "--topo", "staff", typed="net\n")
    assert "pc1 eth0:staff-eth" in done.stdout
    assert "hq-core staff:staff-eth1 srv:srv-eth" in done.stdout


def test_stock_mininet_builds_a_topology_file(tmp_path):
    (tmp_path / "shape.py").write_text("LEFT, RIGHT = 'left', 'right'\n")
    (tmp_path / "mine.py").write_text(
        "from mininet.topo import Topo\n"
        "from shape import LEFT, RIGHT\n"
        "class Mine(Topo):\n"
        "    def build(self):\n"
        "        self.addLink(self.addHost(LEFT), self.addHost(RIGHT))\n"
        "topos = {'mine': Mine}\n"
    )
    for words in (["mn"], ["run", "mn"]):
        options = [f"--custom={tmp_path / 'mine.py'}", "--topo=mine", "--test=pingall"]
        assert "0% dropped (2/2 received)" in ipv6lab(*words, *options).stdout


WALKTHROUGH = """\
nodes
net
dump
h1 ifconfig -a
s1 ifconfig -a
h1 ps -a
h1 ping -c 1 h2
pingall
link s1 h1 down
h1 ping -c 1 -W 1 h2
link s1 h1 up
pingpair
py 'hello ' + 'world'
py h1.IP()
py len(h1.shell and 'asked for a shell' or '')
py h1.setIP('2001:db8::1/64')
py h2.setIP('2001:db8::2/64')
pingall
h1 ping -c 1 2001:db8::2
py h1.IP(family=6)
h1 python3 -m http.server 80 &
sh sleep 1
h2 curl -s http://10.0.0.1/
h1 kill %python3
switch s1 stop
pingpair
switch s1 start
pingpair
iperf
exit
"""


def test_the_walkthrough_on_labnet():
    said = ipv6lab("run", "mn", typed=WALKTHROUGH).stdout
    assert "available nodes are: \nh1 h2 s1" in said
    assert "h1 h1-eth0:s1-eth1" in said
    assert "h1-eth0:10.0.0.1 pid=None" in said  # no shell before one is asked for
    assert "h1-eth0: flags=" in said
    assert "s1-eth1: flags=" in said
    assert "TTY" in said
    received = re.findall(r"(\d)(?: packets transmitted, |/)(\d) received", said)
    assert said.count("1 packets transmitted, 1 received") == 2
    assert said.count("1 packets transmitted, 0 received") == 1
    dropped = re.findall(r"Results: (\d+)% dropped", said)
    assert dropped == ["0", "0", "0", "100", "0"], received
    assert "hello world" in said
    assert "PING 2001:db8::2" in said
    assert "\n2001:db8::1\n" in said.replace("mininet> ", "")
    assert "Directory listing" in said
    assert re.search(r"Results: \['[\d.]+ \wbits/sec', '[\d.]+ \wbits/sec'\]", said)


def test_bandwidth_of_a_link_on_labnet():
    said = ipv6lab("run", "mn", "--link", "tc,bw=10", "--test", "iperf").stdout
    measured = re.findall(r"'([\d.]+) (\w)bits/sec'", said)
    assert len(measured) == 2, said
    for number, unit in measured:
        assert unit == "M"
        assert 5 < float(number) < 12


def test_delay_of_a_link_on_labnet():
    typed = "h1 ping -c 2 -i 0.2 h2\n"
    done = ipv6lab("run", "mn", "--link", "tc,delay=20ms", typed=typed)
    if "This kernel has no netem" in done.stdout:
        pytest.skip("this kernel has no netem")
    assert float(re.search(r"rtt min/avg/max/mdev = ([\d.]+)", done.stdout)[1]) >= 40


@pytest.mark.parametrize("words", [["mn"], ["run", "mn"]], ids=" ".join)
def test_the_command_line_on_a_terminal(words):
    """Completion, prompt and Ctrl-C are those of a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ipv6lab", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said = ""

    def until(wanted):
        """Read on until this is said, after what was waited for before."""
        nonlocal said
        while wanted not in said:
            readable, _, _ = select.select([ours], [], [], 30)
            try:
                data = os.read(ours, 4096) if readable else b""
            except OSError:  # the other side of the terminal is closed
                data = b""
            if not data:
                if readable and process.wait(timeout=30) == UNSUPPORTED:
                    no_lab(said)
                pytest.fail(f"{wanted!r} was not said after: {said}")
            said += data.decode(errors="replace")
        said = said.partition(wanted)[2]

    until("mininet> ")
    os.write(ours, b"h1 ping -i 0.2 h2\n")
    until("icmp_seq=2")
    os.write(ours, b"\x03")
    until("packet loss")
    until("mininet> ")
    os.write(ours, b"h1 tty\n")
    until("/dev/pts/")
    until("mininet> ")
    os.write(ours, b"exit\n")
    until("completed in")
    assert process.wait(timeout=30) == 0
    os.close(ours)


def test_every_example_is_run_or_said_why_not():
    names = {path.stem for path in examples().glob("*.py")}
    assert names == EXAMPLES.keys() | ELSEWHERE.keys()
    assert not EXAMPLES.keys() & ELSEWHERE.keys()


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=pytest.mark.slow if one in SLOW else ()) for one in EXAMPLES],
)
def test_an_example_of_mininets_own(name):
    typed, wanted = EXAMPLES[name]
    done = ipv6lab("run", examples() / f"{name}.py", typed=typed + "exit\n")
    assert wanted in done.stdout, done.stdout
    if name == "bind":
        assert done.stdout.count(wanted) == 1, done.stdout
        assert "No such file or directory" in done.stdout
    if name == "mobility":
        assert done.stdout.count(wanted) == 4, done.stdout
    assert "Traceback" not in done.stdout
    assert done.returncode == 0


def test_a_program_gets_its_files_and_arguments_and_gives_its_status(tmp_path):
    (tmp_path / "helper.py").write_text("WORD = 'helped'\n")
    (tmp_path / "data.txt").write_text("seven\n")
    program = tmp_path / "program.py"
    program.write_text(
        "import json, sys, helper\n"
        "from mininet.net import Mininet\n"
        "words = open(sys.argv[1]).read(), sys.argv[2]\n"
        "print(json.dumps([Mininet.__name__, helper.WORD, *words]))\n"
        "sys.exit(7)\n"
    )
    done = ipv6lab("run", program, tmp_path / "data.txt", "--flag")
    assert json.loads(done.stdout) == ["LabNet", "helped", "seven\n", "--flag"]
    assert done.returncode == 7


TWO_HOSTS = (
    "from mininet.net import Mininet",
    "net = Mininet(controller=None)",
    "h1 = net.addHost('h1', ip='10.0.0.1/8', privateDirs=['/var/run/demo'])",
    "h2 = net.addHost('h2', ip='10.0.0.2/8', privateDirs=['/var/run/demo'])",
    "net.addLink(h1, h2)",
    "net.start()",
)


def test_private_directories_are_one_nodes_own(tmp_path):
    program = made(
        tmp_path,
        "private.py",
        *TWO_HOSTS,
        "h1.cmd('echo one > /var/run/demo/name')",
        "print('h1:', h1.cmd('cat /var/run/demo/name').strip())",
        "print('popen:', h1.popen('cat /var/run/demo/name').communicate()[0].decode().strip())",
        "print('pexec:', h1.pexec('cat', '/var/run/demo/name')[0].strip())",
        "print('h2:', h2.cmd('cat /var/run/demo/name 2>&1').strip())",
        "h1.popen('mount -t tmpfs tmpfs /mnt').wait()",
        "print('mounted:', h1.cmd('findmnt -n -o FSTYPE /mnt').strip())",
        "print('not there:', repr(h2.cmd('findmnt -n -o FSTYPE /mnt').strip()))",
        "net.stop()",
    )
    assert ipv6lab("run", program).stdout.splitlines() == [
        "h1: one",
        "popen: one",
        "pexec: one",
        "h2: cat: /var/run/demo/name: No such file or directory",
        "mounted: tmpfs",
        "not there: ''",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("print 'one'", "SyntaxError: Missing parentheses"),
        ("def f(): 1 / 0\nf()", "ZeroDivisionError: division by zero"),
        ("import nosuch", "ModuleNotFoundError: No module named 'nosuch'"),
    ],
)
def test_an_error_of_a_program_is_shown_from_its_own_first_line_on(tmp_path, line, said):
    program = made(tmp_path, "wrong.py", "import os", line)
    done = ipv6lab("run", program)
    assert done.returncode == 1
    first = next(one for one in done.stdout.splitlines() if one.startswith("  File "))
    assert first.startswith('  File "wrong.py", line '), done.stdout
    assert "runpy" not in done.stdout
    assert done.stdout.splitlines()[-1].startswith(said)


def test_a_node_has_its_own_interfaces_in_sys(tmp_path):
    program = made(
        tmp_path,
        "sys.py",
        *TWO_HOSTS,
        "print(h1.cmd('ls /sys/class/net').split(), h2.cmd('ls /sys/class/net').split())",
        "print(h1.cmd('cat /sys/class/net/h1-eth0/address').strip() == h1.MAC())",
        "net.stop()",
    )
    assert ipv6lab("run", program).stdout.splitlines() == [
        "['h1-eth0', 'lo'] ['h2-eth0', 'lo']",
        "True",
    ]


def test_packages_and_folders_come_along(tmp_path):
    made(tmp_path, "mypkg/__init__.py", "X = 1")
    made(tmp_path, "mypkg/sub/__init__.py", "Y = 2")
    made(tmp_path, "nspkg/mod.py", "Z = 3")
    made(tmp_path, "plain.py", "W = 4")
    made(tmp_path, "lib/inlib.py", "A = 5")
    made(tmp_path, "r1/frr.conf", "one")
    made(tmp_path, "r2/frr.conf", "two")
    made(tmp_path, ".git/secret", "no")
    other = tmp_path.parent / f"{tmp_path.name}-other"
    made(other, "r3/frr.conf", "three")
    program = made(
        tmp_path,
        "prog.py",
        "import os, sys",
        "sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'lib'))",
        "import plain, mypkg.sub, inlib",
        "from nspkg.mod import Z",
        "print(mypkg.X, mypkg.sub.Y, Z, plain.W, inlib.A)",
        "print(open('r1/frr.conf').read() + open('r2/frr.conf').read(), end='')",
        "print(open(sys.argv[1] + '/frr.conf').read(), sys.argv[2], os.path.exists('.git'))",
    )
    done = ipv6lab("run", program, other / "r3", tmp_path / "r1")
    assert done.stdout.split() == ["1", "2", "3", "4", "5", "one", "two", "three", "r1", "False"]
    shutil.rmtree(other)


def test_of_a_large_folder_what_is_imported_comes_along(tmp_path):
    made(tmp_path, "mypkg/__init__.py", "X = 1")
    made(tmp_path, "mypkg/sub/__init__.py", "Y = 2")
    for number in range(600):
        (tmp_path / f"{number}.txt").touch()
    program = made(
        tmp_path,
        "prog.py",
        "import os, mypkg.sub",
        "print(mypkg.sub.Y, sum(one.endswith('.txt') for one in os.listdir()))",
    )
    assert ipv6lab("run", program).stdout.split() == ["2", "0"]


def test_stock_mininet_switches_by_open_vswitch():
    done = ipv6lab("mn", "--switch", "ovsbr", "--test", "pingall")
    assert done.returncode == 0
    assert "0% dropped (2/2 received)" in done.stdout


@pytest.mark.parametrize("version", ["10", "13"])
def test_stock_mininet_is_steered_by_an_application_of_ryu(version):
    switch = f"ovs,protocols=OpenFlow{version}"
    application = "ryu.app.simple_switch" + ("_13" if version == "13" else "")
    words = ("--switch", switch, "--controller", f"ryu,{application}", "--topo", "linear,2")
    done = ipv6lab("mn", *words, "--wait", "--test", "pingall")
    assert done.returncode == 0
    assert "0% dropped (2/2 received)" in done.stdout


@pytest.mark.parametrize("command", [["mn"], ["run", "mn"]], ids=" ".join)
def test_mininet_waits_for_a_controller_from_elsewhere(command):
    typed = (
        "h1 ping -c 1 -W 1 h2\n"  # nobody fills the tables
        "sh ryu-manager ryu.app.simple_switch_13 >/tmp/said 2>&1 &\n"
        "sh until ovs-vsctl --bare --columns=is_connected list controller | grep -q true; "
        "do sleep 0.1; done\n"
        "h1 ping -c 1 -W 60 h2\n"
    )
    words = ("--switch", "ovs,protocols=OpenFlow13", "--controller", "remote")
    done = ipv6lab(*command, *words, typed=typed)
    received = [line for line in done.stdout.splitlines() if "1 packets transmitted" in line]
    assert ["1 received" in line for line in received] == [False, True], done.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run"], "Say which program to run"),
        (["run", "nowhere.py"], "There is no program nowhere.py."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(words, sentence):
    done = ipv6lab(*words)
    assert done.returncode == 2
    assert sentence in done.stdout
    assert len(done.stdout.splitlines()) == 1


def test_the_machine_is_left_as_it_was():
    """Stock Mininet cleans up by name when it fails; it does so in its own namespaces."""
    marker = Path(tempfile.mkstemp(prefix="vconn", dir="/tmp")[1])
    outside = subprocess.Popen(["sleep", "60"])
    try:
        said = ipv6lab("mn", "--topo", "nonsense").stdout
        assert "Cleanup complete" in said
        assert marker.exists()
        assert outside.poll() is None
    finally:
        outside.kill()
        outside.wait()
        marker.unlink()
