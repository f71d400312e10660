"""Units for init scripts without a unit file of their own, as systemd-sysv-generator makes them."""

from __future__ import annotations

import os
import re

from ipv6lab.services.catalog import GENERATED, Catalog

SCRIPTS = "/etc/init.d"
# Parts of a machine's own start, which a node has not; systemd's package masks them.
NOT_FOR_A_NODE = {"procps", "kmod", "hwclock", "udev", "networking", "rc", "rcS", "functions"}

_UNIT = """\
# Generated from {script}
[Unit]
Documentation=man:systemd-sysv-generator(8)
SourcePath={script}
Description={description}
After=network-online.target remote-fs.target

[Service]
Type=forking
Restart=no
TimeoutSec=5min
IgnoreSIGPIPE=no
KillMode=process
GuessMainPID=no
RemainAfterExit=yes
SuccessExitStatus=5 6
ExecStart={script} start
ExecStop={script} stop
{reload}
[Install]
WantedBy=multi-user.target
"""


def generate(catalog: Catalog) -> None:
    """Write unit files for the scripts in /etc/init.d that have none.

    They can be enabled like any other unit; links in /etc/rc?.d are not looked at.
    """
    directory = catalog.root + GENERATED
    os.makedirs(directory, exist_ok=True)
    wanted: set[str] = set()
    try:
        scripts = sorted(os.listdir(catalog.root + SCRIPTS))
    except OSError:
        scripts = []
    for name in scripts:
        path = f"{SCRIPTS}/{name}"
        stem = name.removesuffix(".sh")
        unit = stem + ".service"
        if stem in NOT_FOR_A_NODE or not os.access(catalog.root + path, os.X_OK):
            continue
        known = catalog.load(unit)
        if known.exists and not (known.path or "").startswith(GENERATED):
            continue
        with open(catalog.root + path, encoding="utf-8", errors="replace") as file:
            text = file.read(256 * 1024)
        with open(f"{directory}/{unit}", "w", encoding="utf-8") as file:
            file.write(_unit(path, stem, text))
        wanted.add(unit)
    for old in os.listdir(directory):
        if old not in wanted:
            os.unlink(f"{directory}/{old}")


def _unit(script: str, stem: str, text: str) -> str:
    match = re.search(r"^#\s*Short-Description:\s*(.+)$", text, re.MULTILINE)
    description = "LSB: " + (match[1].strip() if match else stem)
    reload = re.search(r"^\s*[^#\n]*\breload\s*[|)]", text, re.MULTILINE)
    pid_file = re.search(r"^#\s*pidfile:\s*(\S+)", text, re.MULTILINE)
    return _UNIT.format(
        script=script,
        description=description.replace("%", "%%"),
        reload=(f"ExecReload={script} reload\n" if reload else "")
        + (f"PIDFile={pid_file[1]}\n" if pid_file else ""),
    )
