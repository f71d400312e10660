"""Where Debian's packages come from."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ipv6lab.image.recipe import SUITE

KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)


@dataclass(frozen=True)
class Mirror:
    """Two archives: Debian's own, and its security updates."""

    debian: str = "http://deb.debian.org/debian"
    security: str = "http://deb.debian.org/debian-security"

    def sources(self) -> str:
        """An apt sources file (deb822) for them."""
        keyring = next((path for path in KEYRINGS if path.is_file()), KEYRINGS[0])
        archives = {
            f"{SUITE} {SUITE}-updates": self.debian,
            f"{SUITE}-security": self.security,
        }
        return "\n".join(
            "Types: deb\n"
            # apt leaves what it finds under file: where it is; the builder needs it in its cache.
            f"URIs: {re.sub('^file:', 'copy:', uri)}\n"
            f"Suites: {suites}\n"
            "Components: main\n"
            f"Signed-By: {keyring}\n"
            for suites, uri in archives.items()
        )


def choose() -> Mirror:
    """``IPV6LAB_MIRROR``, else the mirror this machine itself uses, else deb.debian.org.

    ``IPV6LAB_MIRROR=http://host/debian`` implies ``http://host/debian-security``.
    """
    named = os.environ.get("IPV6LAB_MIRROR", "").strip().rstrip("/")
    if named:
        return Mirror(named, f"{named}-security")
    if platform.freedesktop_os_release().get("ID") != "debian":
        return Mirror()
    configured = _configured()
    default = Mirror()
    return Mirror(
        configured.get("Debian", default.debian),
        configured.get("Debian-Security", default.security),
    )


def _configured() -> dict[str, str]:
    """The machine's own archives, by the label that Debian signed.

    A mirror carries every release of Debian, whichever of them the machine itself runs. An
    archive without a signed label (never fetched) is left out, and so is one that is told apart
    by its label only, as backports are.
    """
    query = ["apt-get", "indextargets", "--format", "$(LABEL) $(CODENAME) $(COMPONENT) $(REPO_URI)"]
    answer = subprocess.run(
        [*query, "Created-By: Packages", "Origin: Debian"], capture_output=True, text=True
    )
    found: dict[str, str] = {}
    for line in answer.stdout.splitlines():
        words = line.split()
        if len(words) == 4 and words[2] == "main" and not words[3].startswith("cdrom:"):
            found.setdefault(words[0], words[3].rstrip("/"))
    return found
