"""Which kernel a lab runs on: the machine's own, or the lab kernel.

Every lab needs a sandbox, and an exercise what it names in ``needs``. The machine's own kernel is
taken where it was seen to do all of that, else the lab kernel, which needs nothing of the machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ipv6lab.kernel import finished as kernels
from ipv6lab.platform import features
from ipv6lab.platform.features import Feature
from ipv6lab.sandbox.kernel_names import AUTO, HOST, KERNELS, LAB
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import Message, _

VARIABLE = "IPV6LAB_KERNEL"  # one of KERNELS, where the caller does not say


@dataclass(frozen=True)
class Choice:
    """A kernel, ``host`` or ``lab``, and why it is this one."""

    kernel: str
    reason: Message

    def to_json(self) -> dict[str, Any]:
        return {"kernel": self.kernel, "reason": self.reason.to_json()}


def choose(needs: Iterable[str] = (), wanted: str | None = None) -> Choice:
    """The kernel for a lab that needs these operations.

    ``wanted`` is ``host``, ``lab`` or ``auto``; None leaves it to ``IPV6LAB_KERNEL``, and that to
    ``auto``. Raises Unsupported, with what helps, when no kernel will do, and LabError for an
    unknown name.
    """
    wanted = wanted or os.environ.get(VARIABLE) or AUTO
    if wanted not in KERNELS:
        raise LabError(
            _(
                "There is no kernel {kernel}; there are 'host' and 'lab', and 'auto' chooses.",
                kernel=wanted,
            )
        )
    operations = list(dict.fromkeys(needs))
    features.check(operations)
    lacking: Sequence[Feature] = ()
    if wanted == AUTO or (wanted == HOST and operations):
        lacking = features.lacking(operations)
    return choose_among(lacking, wanted)


def choose_among(lacking: Sequence[Feature], wanted: str = AUTO) -> Choice:
    """The same for a machine whose own kernel is known to lack these features."""
    if wanted == HOST:
        if lacking:
            raise _host_lacks(lacking)
        return Choice(HOST, _("it was asked for"))
    if wanted == AUTO and not lacking:
        return Choice(HOST, _("this machine's own kernel can do all that it needs"))
    try:
        kernels.find()  # which has every feature there is
    except Unsupported as error:
        if wanted == AUTO and not isinstance(error, kernels.Damaged):
            raise _nothing_serves(lacking) from error
        raise
    return Choice(LAB, _("it was asked for") if wanted == LAB else _why_not_host(lacking))


def _no_sandbox(lacking: Sequence[Feature]) -> bool:
    """Whether there is no sandbox at all on the machine's own kernel."""
    return any(one.name == "namespaces" for one in lacking)


def _names(lacking: Sequence[Feature]) -> str:
    return ", ".join(one.name for one in lacking)


def _mend(lacking: Sequence[Feature]) -> str | None:
    """The commands that would give the machine's own kernel what it lacks, if there are."""
    commands = [one.mend for one in lacking]
    known = [command for command in commands if command]
    return "; ".join(dict.fromkeys(known)) if len(known) == len(commands) else None


def _mend_of_sandboxes() -> str | None:
    from ipv6lab.platform import findings  # not needed by who starts a lab

    return findings.mend_of_sandboxes()


def _why_not_host(lacking: Sequence[Feature]) -> Message:
    if _no_sandbox(lacking):
        return _("this machine refuses sandboxes on its own kernel")
    return _("this machine's own kernel lacks {names}", names=_names(lacking))


def _host_lacks(lacking: Sequence[Feature]) -> Unsupported:
    """Only the machine's own kernel would do, and it does not."""
    if _no_sandbox(lacking):
        if command := _mend_of_sandboxes():
            return Unsupported(
                _("This machine refuses sandboxes: run '{command}'.", command=command)
            )
        return Unsupported(
            _("This machine refuses sandboxes; ipv6lab doctor says why, and what mends it.")
        )
    mend = _mend(lacking)
    if mend:
        return Unsupported(
            _(
                "This exercise needs {name}, which this machine lacks; {command} may help.",
                name=_names(lacking),
                command=mend,
            )
        )
    if kernels.runs_here():
        return Unsupported(
            _(
                "This exercise needs {name}, which this machine's kernel lacks: run it on the lab "
                "kernel, with --kernel lab.",
                name=_names(lacking),
            )
        )
    return Unsupported(
        _(
            "This exercise needs {name}, which this machine's kernel lacks; "
            "run it on another machine.",
            name=_names(lacking),
        )
    )


def _nothing_serves(lacking: Sequence[Feature]) -> Unsupported:
    """Neither kernel will do: the machine's own lacks something, and the lab kernel is missing."""
    if not kernels.runs_here():
        return _host_lacks(lacking)
    if _no_sandbox(lacking):
        if command := _mend_of_sandboxes():
            return Unsupported(
                _(
                    "This machine refuses sandboxes: run '{command}', or 'ipv6lab kernel build' "
                    "for a kernel that needs none.",
                    command=command,
                )
            )
        return Unsupported(
            _(
                "This machine refuses sandboxes: 'ipv6lab kernel build' makes a kernel that needs "
                "none, and ipv6lab doctor says what else mends it."
            )
        )
    mend = _mend(lacking)
    if mend:
        return Unsupported(
            _(
                "This exercise needs {name}, which this machine's kernel lacks: run '{command}', "
                "or 'ipv6lab kernel build' for a kernel that has it.",
                name=_names(lacking),
                command=mend,
            )
        )
    return Unsupported(
        _(
            "This exercise needs {name}, which this machine's kernel lacks: run 'ipv6lab kernel "
            "build' (it takes some minutes, once) for a kernel that has it.",
            name=_names(lacking),
        )
    )
