"""A node's files as data, its resolver's settings, and a question that crosses the network."""

import os
import signal
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address

from ipv6lab.linux import syscalls
from ipv6lab.network.namespace import entered
from ipv6lab.probes.asks import resolver
from ipv6lab.probes.seen import nodefiles
from tests.probes.stage import Stage, isolated


@contextmanager
def _process(namespace, work=signal.pause):
    """A process in a network namespace, as a node's init is."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            syscalls.die_with_parent()
            with entered(namespace):
                os.write(writing, b".")
                work()
        finally:
            os._exit(1)
    os.read(reading, 1)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@isolated
def test_only_plain_files_are_read_and_links_are_followed_inside_the_root():
    stage = Stage()
    namespace = stage.namespace("pc1")
    (stage.folder / "plain").write_text("data")
    (stage.folder / "link").symlink_to("plain")
    os.mkfifo(stage.folder / "pipe")
    assert nodefiles.read(namespace, f"{stage.folder}/plain") is None  # it has run nothing yet
    with _process(namespace):
        assert nodefiles.read(namespace, f"{stage.folder}/plain") == b"data"
        assert nodefiles.read(namespace, f"{stage.folder}/link") == b"data"
        for name in ("pipe", "missing", "plain/below", ""):
            assert nodefiles.read(namespace, f"{stage.folder}/{name}") is None


@isolated
def test_settings_are_read_as_the_c_library_does():
    stage = Stage()
    (stage.folder / "resolv.conf").write_text(
        "# nameserver 2001:db8::1\nnameserver 2001:db8::2\nnameserver nonsense\n"
        "nameserver fe80::1%eth0\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n"
        "domain example.org\nsearch Example.COM. example.net\n"
    )
    resolver.FILE = f"{stage.folder}/resolv.conf"
    with _process(stage.namespace("pc1")):
        settings = stage.lab.node("pc1").resolver()
    assert settings.servers == (
        IPv6Address("2001:db8::2"),
        IPv6Address("fe80::1"),
        IPv4Address("192.0.2.1"),
    )
    assert settings.search == ("example.com", "example.net")


@isolated
def test_what_leads_programs_past_the_dns_is_seen():
    stage = Stage()
    files = {
        "RESOLV": "options edns0 no-aaaa\noptions timeout:1\n",
        "HOSTS": "192.0.2.80 www.Example.org www # 2001:db8::80 www\n2001:db8::1%eth0 gw\n",
        "SWITCH": "passwd: files\nhosts: files mdns4 # dns\n",
    }
    for name, text in files.items():
        (stage.folder / name).write_text(text)
    node = stage.lab.node("pc1")
    resolver.FILE, resolver.HOSTS = f"{stage.folder}/RESOLV", f"{stage.folder}/HOSTS"
    with _process(stage.namespace("pc1")):
        assert resolver.settings(node).options == ("edns0", "no-aaaa", "timeout:1")
        assert resolver.hosts(node, "WWW") == (IPv4Address("192.0.2.80"),)
        assert resolver.hosts(node, "gw") == (IPv6Address("2001:db8::1"),)
        assert resolver.hosts(node, "other") == ()
        resolver.SWITCH = f"{stage.folder}/missing"
        assert resolver.asks_servers(node)
        resolver.SWITCH = f"{stage.folder}/SWITCH"
        assert not resolver.asks_servers(node)
