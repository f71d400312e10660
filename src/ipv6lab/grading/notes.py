"""What is worth saying beside the checks: what was configured where nobody reads it."""

from __future__ import annotations

from ipv6lab.probes import Lab
from ipv6lab.probes.seen import nodefiles
from ipv6lab.words.message import Message, _

IGNORED = "/etc/sysctl.conf"  # read at boot until Debian 12


def notes(lab: Lab) -> list[Message]:
    """A sentence for each file on the trainee's nodes that a machine does not read any more."""
    found = []
    for name in lab.fabric.trainee:
        text = nodefiles.read(lab.fabric.namespace(name), IGNORED) or b""
        if any(b"=" in line and line.strip()[:1] not in (b"#", b";") for line in text.split(b"\n")):
            found.append(
                _(
                    "{file} on {node} is no longer read when a machine is switched on (Debian 13); "
                    "files in /etc/sysctl.d are.",
                    file=IGNORED,
                    node=name,
                )
            )
    return found
