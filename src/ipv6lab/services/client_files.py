"""What a node's root tree needs so that its users find `systemctl` and its kin."""

from __future__ import annotations

import pkgutil

_PROGRAM, _DATA = 0o755, 0o644
_UNITS = "/usr/lib/systemd/system"
_FILES = {
    "/usr/bin/systemctl": (_PROGRAM, "systemctl.py"),
    "/usr/bin/journalctl": (_PROGRAM, "journalctl.py"),
    "/usr/sbin/v6mostly": (_PROGRAM, "v6mostly.py"),
    "/usr/lib/lsb/init-functions.d/40-systemd": (_DATA, "init-functions-systemd.sh"),
    "/usr/lib/ipv6lab/dnsmasq-check": (_PROGRAM, "dnsmasq-check.sh"),
    "/usr/lib/ipv6lab/vtysh-check": (_PROGRAM, "vtysh-check.sh"),
    "/usr/lib/sysctl.d/99-protect-links.conf": (_DATA, "protect-links.conf"),
    f"{_UNITS}/systemd-sysctl.service": (_DATA, "units/systemd-sysctl.service"),
    f"{_UNITS}/v6mostly@.service": (_DATA, "units/v6mostly@.service"),
    f"{_UNITS}/dnsmasq.service.d/complain.conf": (_DATA, "units/dnsmasq.conf"),
    f"{_UNITS}/dnsmasq@.service.d/complain.conf": (_DATA, "units/dnsmasq.conf"),
    f"{_UNITS}/frr.service.d/complain.conf": (_DATA, "units/frr.conf"),
    f"{_UNITS}/ovs-vswitchd.service.d/node.conf": (_DATA, "units/ovs-vswitchd.conf"),
    f"{_UNITS}/ovsdb-server.service.d/node.conf": (_DATA, "units/ovsdb-server.conf"),
}


def client_files() -> dict[str, tuple[int, bytes]]:
    """Path -> (mode, content) of every file to lay into a node's root.

    ``/usr/sbin/service`` is Debian's own: it finds ``/run/systemd/system`` and calls `systemctl`.
    """
    files = {}
    for path, (mode, name) in _FILES.items():
        content = pkgutil.get_data("ipv6lab.services.clients", name)
        if content is None:  # the loader can do without; ours are files and zips
            raise FileNotFoundError(name)
        files[path] = mode, content
    return files
