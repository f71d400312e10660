"""`ryu-manager` and `import ryu` on a node of a lab."""

from __future__ import annotations

import pytest

from ipv6lab.sandbox import Lab
from tests.sandbox.support import Ran, run

# All that Ryu 4.34 has in ryu.app, by the hub that it takes.
THREADS = (
    "bmpstation cbench example_switch_13 simple_monitor_13 simple_switch simple_switch_12 "
    "simple_switch_13 simple_switch_14 simple_switch_15 simple_switch_igmp simple_switch_igmp_13 "
    "simple_switch_lacp simple_switch_lacp_13 simple_switch_snort simple_switch_stp "
    "simple_switch_stp_13"
)
HTTP = (
    "gui_topology.gui_topology ofctl_rest rest_conf_switch rest_firewall rest_qos rest_router "
    "rest_topology rest_vtep simple_switch_rest_13 simple_switch_websocket_13 ws_topology wsgi "
    "conf_switch_key"
)
EACH = """
import importlib, os, sys
os.environ["OSKEN_HUB_TYPE"] = sys.argv[1]
from ryu.base import app_manager
for name in sys.argv[2:]:
    module = importlib.import_module(f"ryu.app.{name}")
    assert module.__file__.startswith("/usr/lib/ipv6lab/ryu/ryu/app/"), module.__file__
    print(name)
"""


def python(lab: Lab, program: str, *words: str) -> Ran:
    return run(lab, "a", "python3", "-W", "ignore", "-c", program, *words)


@pytest.mark.both_kernels
def test_the_names_of_ryu_lead_to_os_ken(lab: Lab) -> None:
    program = (
        "from ryu.base import app_manager\n"
        "from ryu.controller.handler import set_ev_cls\n"
        "from ryu.lib.packet import icmpv6, ipv6\n"
        "from ryu.ofproto import ofproto_v1_3_parser\n"
        "from ryu import version\n"
        "import ryu.exception, ryu.topology.api, ryu.cmd.manager, os_ken.base.app_manager\n"
        "assert app_manager is os_ken.base.app_manager\n"
        "assert app_manager.RyuApp is app_manager.OSKenApp\n"
        "assert issubclass(ryu.exception.RyuException, Exception)\n"
        "assert app_manager.__spec__.name == 'os_ken.base.app_manager'\n"
        "print(version, set_ev_cls.__module__)\n"
    )
    ran = python(lab, program)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == "4.34 os_ken.controller.handler\n"


@pytest.mark.parametrize(("hub", "names"), [("native", THREADS), ("eventlet", HTTP)])
def test_every_application_of_ryu_is_imported(lab: Lab, hub: str, names: str) -> None:
    ran = python(lab, EACH, hub, *names.split())
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.split() == names.split()
    # All of them are there: none was forgotten above.
    listing = run(lab, "a", "sh", "-c", "cd /usr/lib/ipv6lab/ryu/ryu/app; ls *.py; ls gui_topology")
    there = {name[:-3] for name in listing.out.split() if name.endswith(".py")} - {"__init__"}
    assert there == {name.rpartition(".")[2] for name in (THREADS + " " + HTTP).split()}


def test_compiled_modules_came_with_the_image(lab: Lab) -> None:
    """Or every node would compile them at every first start, on its own disk."""
    program = (
        "import os_ken.base.app_manager, os_ken.ofproto.ofproto_v1_3_parser, ryu, importlib, os\n"
        "import ryu.app.simple_switch_13 as app\n"
        "import os_ken.ofproto.ofproto_v1_3_parser as parser\n"
        "for module in (app, parser):\n"
        "    file = importlib.util.cache_from_source(module.__file__)\n"
        "    print(os.stat(file).st_dev != os.stat('/tmp').st_dev, os.path.exists(file))\n"
    )
    ran = python(lab, program)
    assert ran.out.split() == ["True"] * 4, ran.err


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("from ryu.lib import nothing\n", "cannot import name 'nothing'"),
        ("def f(:\n", "SyntaxError"),
        ("import nowhere\n", "No module named 'nowhere'"),
    ],
)
def test_an_application_that_does_not_import_is_told_by_its_own_line(
    lab: Lab, source: str, said: str
) -> None:
    write = run(lab, "a", "sh", "-c", 'printf "\\n%s" "$1" >/root/mine.py', "sh", source)
    assert write.status == 0
    ran = run(lab, "a", "ryu-manager", "/root/mine.py")
    assert ran.status == 1
    lines = [line for line in ran.err.splitlines() if line.strip().startswith("File ")]
    assert lines[0].startswith('  File "/root/mine.py", line 2')
    assert said in ran.err.splitlines()[-1]
    assert "ipv6lab/openflow" not in ran.err


def test_an_application_that_is_not_there_is_named(lab: Lab) -> None:
    ran = run(lab, "a", "ryu-manager", "mine.py")
    assert ran.status == 1
    assert ran.err.splitlines()[-1].startswith("FileNotFoundError: there is no application mine.py")
    ran = run(lab, "a", "ryu-manager", "ryu.app.simple_swich_13")
    assert ran.status == 1
    assert "No module named 'ryu.app.simple_swich_13'" in ran.err.splitlines()[-1]
