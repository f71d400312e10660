"""Which part of a root tree every sandbox shares, which each one gets for itself, which goes."""

from __future__ import annotations

import enum
import re
import stat
import tarfile

XATTR = "SCHILY.xattr."


class Place(enum.Enum):
    """Where an entry of the root tree ends up."""

    SHARED = "shared"  # once for all sandboxes, read-only, readable by anyone
    SKELETON = "skeleton"  # unpacked for each sandbox, with its owner and mode
    DROPPED = "dropped"


# Empty on a node, or mounted there.
_MOUNT_POINTS = ["boot", "dev", "proc", "sys", "run", "tmp"]

_DROPPED = re.compile(
    "|".join(
        [
            *(f"{name}/.*" for name in _MOUNT_POINTS),
            # Caches and logs of the build.
            r"var/cache/(apt|debconf|ldconfig|man)/.*",
            r"var/lib/apt/.*",
            r"var/backups/.*",
            r"var/tmp/.*",
            r"var/log/(?!.*/$).*\.log",
            r"var/log/(btmp|wtmp|lastlog|faillog|apt/.*)",
            # Leftovers of dpkg and passwd.
            r"etc/(passwd|group|shadow|gshadow|subuid|subgid)-",
            r"etc/\.pwd\.lock",
            r"var/lib/dpkg/(status-old|diversions-old|statoverride-old|lock.*|triggers/Lock)",
            # The builder's own settings.
            r"etc/(apt/apt\.conf\.d|dpkg/dpkg\.cfg\.d)/99mmdebstrap",
            # A node starts what the trainee starts: no service is enabled in advance.
            r"etc/rc[0-6S]\.d/.*",
            r"etc/systemd/system/[^/]*\.(wants|requires)(/.*)?",
            r"var/lib/systemd/deb-systemd-(helper|user-helper).*",
            # What tells machines apart is nothing to be copied.
            r"etc/ssh/ssh_host_.*",
            r"var/lib/dbus/machine-id",
        ]
    )
)

# sudo refuses plugins that do not belong to uid 0, and the shared layer's owner is nobody
# in a sandbox of an ordinary user.
_SUDO = re.compile(r"usr/(libexec|lib)/sudo(/.*)?")

RELOCATED = {"var/lib/dpkg": "usr/lib/sysimage/dpkg"}
"""Bulky, world-readable, edited by nobody on a node: moved into the shared layer."""


def place(path: str, member: tarfile.TarInfo) -> Place:
    """Decide by name, owner, mode and capabilities; ``path`` is relative to the root."""
    if _DROPPED.fullmatch(path) or not (
        member.isdir() or member.isreg() or member.islnk() or member.issym()
    ):
        return Place.DROPPED
    shareable = (
        path.startswith("usr/")
        and not path.startswith("usr/local/")
        and path != "usr/local"
        and not _SUDO.fullmatch(path)
        and member.uid == member.gid == 0
        and not any(name.startswith(XATTR) for name in member.pax_headers)
        and (member.issym() or _open_to_all(member))
    )
    return Place.SHARED if shareable else Place.SKELETON


def relocated(path: str) -> str:
    """Where a path of the built tree is found in the image.

    >>> relocated("var/lib/dpkg/status")
    'usr/lib/sysimage/dpkg/status'
    """
    for old, new in RELOCATED.items():
        if path == old or path.startswith(old + "/"):
            return new + path.removeprefix(old)
    return path


def _open_to_all(member: tarfile.TarInfo) -> bool:
    """Readable for all (and passable, if anybody may pass), without set-id and sticky bits."""
    mode = member.mode
    if mode & (stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX) or not mode & stat.S_IROTH:
        return False
    executable = member.isdir() or bool(mode & 0o111)
    return bool(mode & stat.S_IXOTH) or not executable
