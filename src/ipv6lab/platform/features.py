"""What a lab needs of a machine, whether this one has it, and the command that mends it.

Each feature is found out by doing it (`ipv6lab.platform.trial`), or read from where the machine
states it. Exercises name the features they need beyond those that every lab needs.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipv6lab.platform import memory, refusals, trial
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

OK = "ok"
DEGRADED = "degraded"  # works, with less comfort or fewer limits
MISSING = "missing"


@dataclass(frozen=True)
class Feature:
    """One thing that a lab may need.

    ``required``: without it no lab runs on this machine's own kernel. ``meaning`` says what its
    state means for the user, and is None where all is well; ``mend`` is the command that helps,
    None where none does.
    """

    name: str
    title: Message
    state: str
    meaning: Message | None = None
    mend: str | None = None
    required: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title.to_json(),
            "state": self.state,
            "meaning": self.meaning.to_json() if self.meaning else None,
            "mend": self.mend,
            "required": self.required,
        }


NAMESPACES = _("namespaces of one's own")

# The operations of the sandbox itself: no lab runs without them.
SANDBOX: dict[str, Message] = {
    "overlay": _("a node's own root (overlay)"),
    "proc": _("a node's own /proc"),
    "sysfs": _("a node's own /sys"),
    "devpts": _("terminals on nodes (devpts)"),
    "node": _("a user namespace for each node"),
    "ipv6": _("IPv6"),
    "packets": _("capturing and sending packets"),
    "veth": _("virtual Ethernet (veth)"),
    "bridge": _("Ethernet switches (bridge)"),
    "tbf": _("packet rate limits (tbf)"),
}

# What single exercises need: title, and the kernel module that offers it.
NETWORK: dict[str, tuple[Message, str]] = {
    "nftables": (_("firewall (nftables)"), "nf_tables"),
    "nat": (_("address translation (nftables nat)"), "nft_chain_nat"),
    "bridge-filter": (_("filters in switches (nftables bridge)"), "nf_tables"),
    "tun": (_("tunnels in user space (TUN)"), "tun"),
    "vxlan": (_("VXLAN"), "vxlan"),
    "macvlan": (_("macvlan"), "macvlan"),
    "vlan": (_("802.1Q VLAN"), "8021q"),
    "sit": (_("6in4, 6rd, ISATAP (sit)"), "sit"),
    "gre": (_("GRE over IPv4"), "ip_gre"),
    "ipip": (_("IPv4 in IPv4 (ipip)"), "ipip"),
    "ip6tnl": (_("IPv4 or IPv6 in IPv6 (ip6tnl)"), "ip6_tunnel"),
    "ip6gre": (_("GRE over IPv6"), "ip6_gre"),
    "netem": (_("delay and loss (netem)"), "sch_netem"),
    "htb": (_("bandwidth classes (htb)"), "sch_htb"),
    "vrf": (_("VRF"), "vrf"),
    "wireguard": (_("WireGuard"), "wireguard"),
    "dummy": (_("dummy interfaces"), "dummy"),
}


def features(names: Iterable[str] | None = None) -> dict[str, Feature]:
    """The features of this machine that labs may need, by name; with ``names`` only those.

    Tries them in a throw-away sandbox, about 0.2 s. Raises LabError when nothing can be tried.
    """
    wanted = [*SANDBOX, *NETWORK] if names is None else list(names)
    check(wanted)
    return judge(trial.run(wanted), wanted)


def check(names: Iterable[str]) -> None:
    """Raise LabError when one of these is not the name of a feature."""
    unknown = [name for name in names if name not in SANDBOX and name not in NETWORK]
    if unknown:
        raise LabError(
            _(
                "The exercise needs {name}, which ipv6lab does not know; it knows {known}.",
                name=unknown[0],
                known=", ".join(NETWORK),
            )
        )


def lacking(needs: Sequence[str]) -> list[Feature]:
    """What a lab that needs this misses on this machine's own kernel; nothing where it runs.

    Without a sandbox there is one feature, which says why. What was seen to work is not tried
    again; see `ipv6lab.platform.memory`. Raises LabError for the name of no feature.
    """
    wanted = [*SANDBOX, *needs]
    check(wanted)
    if memory.recall().issuperset(wanted):
        return []
    outcome = trial.run(wanted)
    refusal = outcome.refused or (outcome.results.get("mounts") or (0, None))[1]
    if refusal is not None:
        return [Feature("namespaces", NAMESPACES, MISSING, Message(refusal), required=True)]
    memory.remember(name for name in wanted if outcome.results.get(name) is None)
    return lacking_of(judge(outcome, wanted).values(), needs)


def lacking_of(found: Iterable[Feature], needs: Iterable[str]) -> list[Feature]:
    """The same for a machine of which these features are known already."""
    gone = {one.name: one for one in found if one.state == MISSING}
    if "namespaces" in gone:
        return [gone["namespaces"]]
    return [gone[name] for name in dict.fromkeys([*SANDBOX, *needs]) if name in gone]


def judge(outcome: trial.Outcome, names: Iterable[str]) -> dict[str, Feature]:
    """What the outcome of a trial says of these features."""
    found = {}
    for name in names:
        title = SANDBOX[name] if name in SANDBOX else NETWORK[name][0]
        refusal = outcome.results.get(name)
        if outcome.refused is not None:
            found[name] = Feature(
                name, title, MISSING, _("Could not be tried without a sandbox."), None, False
            )
        elif refusal is None:
            found[name] = Feature(name, title, OK, required=name in SANDBOX)
        elif name in SANDBOX:
            found[name] = _missing_in_sandbox(name, title, refusal[1])
        else:
            found[name] = _missing_in_kernel(name, title, refusal[1])
    return found


def _missing_in_sandbox(name: str, title: Message, reason: str) -> Feature:
    mend = None
    meaning = _("This machine's own kernel runs no lab without it ({reason}).", reason=reason)
    if name in ("veth", "bridge", "tbf"):
        mend = load_command({"tbf": "sch_tbf"}.get(name, name))
    elif name == "overlay":
        mend = load_command("overlay")
    elif name == "node" and refusals.few_namespaces():
        cause = refusals.find(reason)
        meaning, mend = cause.meaning, cause.mend
    elif name == "ipv6":
        meaning = _("This machine's kernel was started with ipv6.disable=1; no lab runs on it.")
        mend = "sudo sed -i s/ipv6.disable=1// /etc/default/grub && sudo update-grub && sudo reboot"
    elif name in ("proc", "sysfs"):
        meaning = _(
            "A container covers parts of it, so that no new one may be mounted; start the "
            "container with --security-opt systempaths=unconfined."
        )
    return Feature(name, title, MISSING, meaning, mend, True)


def _missing_in_kernel(name: str, title: Message, reason: str) -> Feature:
    if name == "tun":
        return _missing_tun(title, reason)
    mend = load_command(NETWORK[name][1])
    meaning = _("Its module is not loaded.") if mend else _("This kernel was built without it.")
    return Feature(name, title, MISSING, meaning, mend)


def _missing_tun(title: Message, reason: str) -> Feature:
    device = Path("/dev/net/tun")
    if device.exists() and not os.access(device, os.R_OK | os.W_OK):
        meaning = _("Only root may open /dev/net/tun; labs that root starts can use it.")
        # By hand for now, by tmpfiles.d(5) at every start of the machine.
        mend = (
            "sudo chmod 0666 /dev/net/tun && echo 'z /dev/net/tun 0666' | "
            "sudo tee /etc/tmpfiles.d/ipv6lab-tun.conf"
        )
        return Feature("tun", title, MISSING, meaning, mend)
    meaning = _("It cannot be opened ({reason}).", reason=reason)
    return Feature("tun", title, MISSING, meaning, load_command("tun"))


def load_command(module: str) -> str | None:
    """The command that loads a kernel module, now and at every start, or installs it.

    None where there is none to load.
    """
    modules = Path("/lib/modules") / platform.release()
    try:
        known = (modules / "modules.dep").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # Lines such as "kernel/net/ipv6/sit.ko.xz: kernel/…"; a file may say - where a name says _.
    pattern = module.replace("_", "[-_]")
    if re.search(rf"/{pattern}\.ko[.a-z]*:", known):
        file = f"/etc/modules-load.d/ipv6lab-{module}.conf"
        return f"sudo modprobe {module} && echo {module} | sudo tee {file}"
    if _is_ubuntu():
        return "sudo apt install linux-modules-extra-$(uname -r)"
    return None


def _is_ubuntu() -> bool:
    try:
        return platform.freedesktop_os_release().get("ID") == "ubuntu"
    except OSError:
        return False
