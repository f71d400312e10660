"""Everything the doctor looks at, in the order in which it is to be mended."""

from __future__ import annotations

import os
import pwd
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ipv6lab.platform import cgroups, directories, refusals, trial
from ipv6lab.platform.features import (
    DEGRADED,
    MISSING,
    NAMESPACES,
    NETWORK,
    OK,
    SANDBOX,
    Feature,
    judge,
)
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

PYTHON = (3, 11)
IDS = 65536
FREE_GIGABYTES = 3  # the image, its packages and the tree from which it is made
LAB_MEGABYTES = 512  # what a lab of a dozen nodes takes on the lab kernel
FIRST_RANGE = 100_000  # where a new subordinate range is looked for, as useradd does


def examine() -> list[Feature]:
    """Look at this machine; takes about 0.3 s."""
    profiles = _apparmor_is_on()
    names = [*SANDBOX, *NETWORK, "tmpfs-attributes", *(["apparmor"] if profiles else [])]
    outcome = trial.run(names)
    identity = _identity()
    found = [_python(), _locale(), *identity, _sandbox(outcome, identity)]
    found += judge(outcome, SANDBOX).values()
    found.append(_tmpfs(outcome))
    found += [_image(), _disk()]
    lab_kernel = _lab_kernel()
    for feature in judge(outcome, NETWORK).values():
        # What the machine's own kernel cannot be given, the lab kernel has.
        mend = feature.mend or (lab_kernel.mend if feature.state == MISSING else None)
        found.append(replace(feature, mend=mend))
    found.append(lab_kernel)
    found.append(_limits())
    if profiles:
        found.append(_profiles(outcome))
    return found


def mend_of_sandboxes() -> str | None:
    """The first command to run where this machine refuses sandboxes; None where none helps."""
    identity = _identity()
    for feature in (*identity, _sandbox(trial.run(list(SANDBOX)), identity)):
        if feature.state == MISSING and feature.mend:
            return feature.mend
    return None


def _python() -> Feature:
    title = _("Python {version}", version=".".join(map(str, sys.version_info[:3])))
    if sys.version_info >= PYTHON:
        return Feature("python", title, OK, required=True)
    meaning = _("ipv6lab needs Python 3.11 or later.")
    return Feature("python", title, MISSING, meaning, "sudo apt install python3", True)


def _locale() -> Feature:
    title = _("text in UTF-8")
    if (sys.stdout.encoding or "").lower().replace("-", "") == "utf8":
        return Feature("locale", title, OK)
    meaning = _("Signs and Vietnamese letters cannot be shown in this locale.")
    return Feature("locale", title, DEGRADED, meaning, "export LC_ALL=C.UTF-8")


def _identity() -> list[Feature]:
    """An ordinary user needs newuidmap and a range of subordinate ids; root needs neither."""
    if os.getuid() == 0:
        return []
    title = _("newuidmap and newgidmap")
    if shutil.which("newuidmap") and shutil.which("newgidmap"):
        mapper = Feature("uidmap", title, OK, required=True)
    else:
        meaning = _("Without them an ordinary user gets no full range of ids.")
        mapper = Feature("uidmap", title, MISSING, meaning, "sudo apt install uidmap", True)
    return [mapper, _subordinate("subuid"), _subordinate("subgid")]


def _subordinate(kind: str) -> Feature:
    from ipv6lab.linux.namespaces import subordinate_range

    file = Path("/etc") / kind
    title = _("a range of {count} ids in {file}", count=IDS, file=str(file))
    try:
        subordinate_range(str(file), os.getuid())
    except OSError:
        first = free_range(file)
        command = f"sudo usermod --add-{kind}s {first}-{first + IDS - 1} {_user()}"
        meaning = _("FRR, tcpdump and chown on nodes need a full range of ids.")
        return Feature(kind, title, MISSING, meaning, command, True)
    return Feature(kind, title, OK, required=True)


def free_range(file: Path) -> int:
    """The first id of a range that nobody in ``file`` (subuid(5)) has."""
    taken = []
    try:
        for line in file.read_text(encoding="utf-8").splitlines():
            _owner, first, count = line.split(":")
            taken.append((int(first), int(first) + int(count)))
    except (OSError, ValueError):
        pass
    start = FIRST_RANGE
    for low, high in sorted(taken):
        if low < start + IDS and high > start:
            start = high
    return start


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _sandbox(outcome: trial.Outcome, before: Sequence[Feature]) -> Feature:
    """Whether the namespaces came into being; if not, which of the usual obstacles it is."""
    from ipv6lab.kernel import finished

    refusal = outcome.refused or _reason(outcome, "mounts")
    if refusal is None:
        if refusals.few_namespaces() is None:
            return Feature("namespaces", NAMESPACES, OK, required=True)
        refusal = ""  # enough for one, and not for a lab
    unmended = [one.name for one in before if one.required and one.state == MISSING]
    cause = refusals.find(refusal, unmended, finished.runs_here())
    return Feature("namespaces", NAMESPACES, MISSING, cause.meaning, cause.mend, True)


def _tmpfs(outcome: trial.Outcome) -> Feature:
    title = _("user attributes on tmpfs")
    if outcome.refused or _reason(outcome, "tmpfs-attributes") is None:
        return Feature("tmpfs-attributes", title, OK)
    meaning = _("Linux before 6.6: nodes keep what they write on disk instead of in memory.")
    return Feature("tmpfs-attributes", title, DEGRADED, meaning)


def _image() -> Feature:
    from ipv6lab import image

    title = _("the lab image")
    try:
        found = image.find()
    except LabError as error:
        return Feature("image", title, MISSING, error.message, "ipv6lab image build", True)
    if found.drift:
        meaning = _(
            "Packages that are not in the locked version: {count}; the mirror no longer has those.",
            count=len(found.drift),
        )
        return Feature("image", title, DEGRADED, meaning, required=True)
    return Feature("image", title, OK, required=True)


def _lab_kernel() -> Feature:
    """The kernel of ipv6lab's own, which has all of the features above."""
    from ipv6lab.kernel import finished
    from ipv6lab.linux import guests

    title = _("the lab kernel")
    try:
        finished.find()
    except finished.Damaged as error:
        return Feature("lab-kernel", title, MISSING, error.message, "ipv6lab kernel build")
    except LabError:
        if not finished.runs_here():
            meaning = _("It runs on x86-64 machines only.")
            return Feature("lab-kernel", title, DEGRADED, meaning)
        meaning = _("Exercises that need what this machine's own kernel lacks run on it.")
        return Feature("lab-kernel", title, MISSING, meaning, "ipv6lab kernel build")
    try:
        guests.require_tracing()
        guests.memory_place(
            LAB_MEGABYTES, str(directories.cache() / "memory") if os.getuid() else None
        )
    except OSError as error:
        meaning = _("It cannot start here: {reason}.", reason=str(error))
        return Feature("lab-kernel", title, MISSING, meaning)
    return Feature("lab-kernel", title, OK)


def _disk() -> Feature:
    place = directories.cache()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 1e9
    title = _("free disk space: {free} GB in {folder}", free=round(free, 1), folder=str(place))
    if free >= FREE_GIGABYTES:
        return Feature("disk", title, OK)
    meaning = _("Building the image takes {needed} GB.", needed=FREE_GIGABYTES)
    return Feature("disk", title, DEGRADED, meaning)


def _limits() -> Feature:
    """Whether a group of processes can be given bounds for memory and CPU."""
    title = _("limits for memory and CPU (cgroups)")
    if cgroups.available():
        return Feature("cgroups", title, OK)
    meaning = _(
        "One lab's memory and CPU cannot be bounded; its processes, disk and packet rate are."
    )
    return Feature("cgroups", title, DEGRADED, meaning)


def _apparmor_is_on() -> bool:
    try:
        text = Path("/sys/module/apparmor/parameters/enabled").read_text(encoding="ascii")
    except OSError:
        return False
    return text.strip() == "Y"


def _profiles(outcome: trial.Outcome) -> Feature:
    title = _("AppArmor profiles that reach into nodes")
    held = _reason(outcome, "apparmor")
    if outcome.refused or held is None:
        return Feature("apparmor", title, OK)
    files = " ".join(
        f"/etc/apparmor.d/{path.strip('/').replace('/', '.')}" for path in held.split()
    )
    meaning = _("The machine's profiles also bind these programs on nodes: {paths}.", paths=held)
    return Feature("apparmor", title, DEGRADED, meaning, f"sudo apparmor_parser -R {files}")


def _reason(outcome: trial.Outcome, name: str) -> str | None:
    refusal = outcome.results.get(name)
    return None if refusal is None else refusal[1]
