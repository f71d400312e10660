"""apt with a private configuration, state and cache: the machine's own apt is not touched.

apt authenticates the package lists with Debian's keys, chooses the packages, and downloads
them; what an interrupted download has left is continued.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ipv6lab.image import integrity
from ipv6lab.image.mirror import Mirror
from ipv6lab.image.packages import Lock, Package
from ipv6lab.words.errors import LabError, Unsupported

END_WITH_PARENT = ("setpriv", "--pdeathsig", "TERM", "--")
"""Before a command: it is told to end when the builder does, whatever ends the builder."""


@dataclass(frozen=True)
class Offer:
    """A package as the mirror offers it."""

    package: Package
    size: int  # bytes of the .deb
    essential: bool
    stanza: str  # its whole entry in the mirror's index


class Apt:
    """A private apt in ``directory``, which is kept for the next build.

    ``lock`` is the builder's lock as a file descriptor: apt holds it too, so that a killed
    builder's successor waits until its apt has ended.
    """

    def __init__(self, directory: Path, mirror: Mirror, architecture: str, lock: int) -> None:
        self.lock = lock
        self.complaint = ""  # what the last update complained of
        self.directory = directory
        self.mirror = mirror
        self.architecture = architecture

    @property
    def archives(self) -> Path:
        """The downloaded .debs."""
        return self.directory / "archives"

    def prepare(self, lock: Lock) -> None:
        """Write the configuration: nothing of the machine's but its way to the network."""
        for name in ("lists/partial", "archives/partial"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        (self.directory / "status").touch()
        (self.directory / "debian.sources").write_text(self.mirror.sources(), "utf-8")
        # Dependencies, which nobody asks for by version, are taken in the locked version too.
        (self.directory / "preferences").write_text(
            "".join(
                f"Package: {package.name}\nPin: version {package.version}\nPin-Priority: 1001\n\n"
                for package in lock.packages.values()
            ),
            "utf-8",
        )
        at = str(self.directory)
        options = {
            "APT::Architecture": self.architecture,
            "APT::Architectures": self.architecture,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "",  # apt's own user may not enter this directory
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "Acquire::http::Timeout": "30",
            "Acquire::https::Timeout": "30",
            "Dir::Etc::main": "/dev/null",
            "Dir::Etc::parts": "/dev/null",
            "Dir::Etc::preferences": f"{at}/preferences",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::Etc::sourcelist": f"{at}/debian.sources",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State": at,
            "Dir::State::lists": f"{at}/lists",
            "Dir::State::status": f"{at}/status",
            "Dir::Cache": at,
            "Dir::Cache::archives": f"{at}/archives",
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
        }
        lines = [f'{name} "{value}";\n' for name, value in options.items()]
        (self.directory / "apt.conf").write_text("".join(lines + _network_settings()), "utf-8")

    def update(self) -> bool:
        """Fetch the package lists; whether all of them could be fetched."""
        result = self._run("apt-get", "update", "-o", "APT::Update::Error-Mode=any")
        self.complaint = _complaint(result.stderr)
        return result.returncode == 0

    def offers(self) -> dict[tuple[str, str], Offer]:
        """Everything the fetched lists offer, by name and version."""
        result = self._run(
            "apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages"
        )
        offers: dict[tuple[str, str], Offer] = {}
        for line in result.stdout.splitlines():
            if Path(line).is_file():
                for offer in read_index(Path(line).read_text("utf-8")):
                    offers[offer.package.name, offer.package.version] = offer
        if not offers:
            raise Unsupported(
                "The Debian mirror {mirror} cannot be reached ({reason}): check the network and "
                "http_proxy, or name another mirror with IPV6LAB_MIRROR.",
                mirror=self.mirror.debian,
                reason=self.complaint or "it sent no package lists",
            )
        return offers

    def kept_offers(self) -> Iterator[Offer]:
        """What the lists of an earlier build offered."""
        for path in sorted((self.directory / "lists").glob("*_Packages")):
            yield from read_index(path.read_text("utf-8"))

    def is_at_hand(self, offer: Offer) -> bool:
        """Whether this .deb was downloaded, with the content that its offer says."""
        path = self.path(offer)
        return path.is_file() and integrity.file_sha256(path) == offer.package.sha256

    def choose(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """Name and version of everything that has to be installed for these packages."""
        result = self._run("apt-get", "install", "--simulate", "-o", "Debug::NoLocking=1", *names)
        if result.returncode != 0:
            raise LabError(
                "The packages of the lab image cannot be installed together: {reason}",
                reason=_complaint(result.stdout + result.stderr),
            )
        return re.findall(r"^Inst (\S+?)(?::\S+)? \((\S+) ", result.stdout, re.MULTILINE)

    def download(self, offers: list[Offer], advance: Callable[[int, int], None]) -> None:
        """Have every one of these .debs in ``archives``, with the content that its offer says."""
        self._discard_damaged(offers)
        reader, writer = os.pipe()
        watcher = threading.Thread(target=_watch_download, args=(reader, advance))
        watcher.start()
        try:
            result = self._run(
                *("apt-get", "install", "--download-only", "--yes"),
                *("-o", f"APT::Status-Fd={writer}"),
                *(f"{offer.package.name}={offer.package.version}" for offer in offers),
                pass_fds=(writer,),
            )
        finally:
            os.close(writer)
            watcher.join()
        wrong = self._discard_damaged(offers)
        missing = [offer for offer in offers if not self.path(offer).is_file()]
        if result.returncode != 0 or missing:
            raise LabError(
                "Of {total} packages {missing} could not be downloaded from {mirror} ({reason}): "
                "run the same command again, it goes on where it stopped.",
                total=len(offers),
                missing=len(missing),
                mirror=self.mirror.debian,
                reason=_complaint(result.stderr) or f"{wrong} were damaged",
            )

    def path(self, offer: Offer) -> Path:
        """Where apt keeps this .deb."""
        package = offer.package
        version = package.version.replace(":", "%3a")
        return self.archives / f"{package.name}_{version}_{package.architecture}.deb"

    def prune(self, offers: Iterable[Offer]) -> None:
        """Forget the .debs that are none of these."""
        keep = {self.path(offer) for offer in offers}
        for path in self.archives.glob("*.deb"):
            if path not in keep:
                path.unlink()

    def _discard_damaged(self, offers: Iterable[Offer]) -> int:
        """apt looks only at the size of a file that is there already; look at all of it."""
        wrong = 0
        for offer in offers:
            path = self.path(offer)
            if path.is_file() and not self.is_at_hand(offer):
                path.unlink()
                wrong += 1
        return wrong

    def _run(
        self, *command: str, pass_fds: tuple[int, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*END_WITH_PARENT, *command],
            env={**os.environ, "APT_CONFIG": str(self.directory / "apt.conf"), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            pass_fds=(self.lock, *pass_fds),
            umask=0o022,
        )


def read_index(text: str) -> Iterator[Offer]:
    """The entries of a Packages file.

    >>> [offer] = read_index("Package: sed\\nEssential: yes\\nVersion: 4.9-1\\n"
    ...     "Architecture: amd64\\nSize: 329484\\nSHA256: " + 64 * "a" + "\\n")
    >>> offer.package.version, offer.essential, offer.size
    ('4.9-1', True, 329484)
    """
    for stanza in text.split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z0-9-]+): *(.*)$", stanza, re.MULTILINE))
        if "Package" in fields:
            yield Offer(
                Package(
                    fields["Package"], fields["Version"], fields["Architecture"], fields["SHA256"]
                ),
                size=int(fields["Size"]),
                essential=fields.get("Essential") == "yes",
                stanza=stanza.strip(),
            )


def _network_settings() -> list[str]:
    """The machine's own settings for apt's way to a mirror: proxies, certificates."""
    result = subprocess.run(["apt-config", "dump"], capture_output=True, text=True)
    return [
        f"{line}\n"
        for line in result.stdout.splitlines()
        if re.match(r'Acquire::https?::\S+ "[^"]+";$', line)
    ]


def _watch_download(reader: int, advance: Callable[[int, int], None]) -> None:
    """Hear apt's own progress: 'dlstatus:ITEM:PERCENT:TEXT'."""
    with os.fdopen(reader, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            fields = line.split(":")
            if fields[0] == "dlstatus" and len(fields) > 2:
                advance(int(float(fields[2])), 100)


def _complaint(output: str) -> str:
    """The first error in apt's output, on one line."""
    for line in output.splitlines():
        if line.startswith("E: "):
            return line[3:].strip()
    return ""
