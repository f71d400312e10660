"""From package lists to .debs at hand: the part that every build from Debian's packages shares."""

from __future__ import annotations

from collections.abc import Iterable

from ipv6lab.image.apt import Apt, Offer
from ipv6lab.image.packages import Drift, Lock
from ipv6lab.image.telling import Progress
from ipv6lab.words.message import _

MEBIBYTE = 1 << 20


def locked_at_hand(apt: Apt, locked: Lock) -> list[Offer]:
    """All the packages of a lock, where an earlier build left every one of them; else none.

    So what they are made into can be made again without a network.
    """
    offers = {offer.package: offer for offer in apt.kept_offers()}
    chosen = [offers.get(package) for package in locked.packages.values()]
    found = [offer for offer in chosen if offer and apt.is_at_hand(offer)]
    return found if len(found) == len(chosen) else []


def choose(
    apt: Apt, packages: Iterable[str], locked: Lock, progress: Progress, whole: bool = False
) -> tuple[list[Offer], list[Drift]]:
    """Which .debs are needed, and how they differ from the lock.

    What the ``packages`` depend on comes with them, and for a ``whole`` Debian what is essential.
    """
    progress.phase(_("Fetching Debian's package lists from {mirror}", mirror=apt.mirror.debian))
    apt.prepare(locked)
    fresh = apt.update()
    available = apt.offers()
    if not fresh:
        progress.note(
            _("Using the lists of an earlier build: {reason}", reason=apt.complaint.strip())
        )
    progress.phase(_("Choosing packages"))
    names = {*packages}
    if whole:
        names |= {"apt", *(offer.package.name for offer in available.values() if offer.essential)}
    chosen = [available[key] for key in apt.choose(sorted(names))]
    drift = locked.drift(offer.package for offer in chosen) if locked.packages else []
    for change in drift:
        progress.note(change.message())
    return chosen, drift


def download(apt: Apt, offers: list[Offer], progress: Progress) -> None:
    """Fetch what is not there yet."""
    size = sum(offer.size for offer in offers if not apt.path(offer).is_file())
    progress.phase(
        _(
            "Downloading {size} MiB for {count} packages",
            size=size // MEBIBYTE,
            count=len(offers),
        )
    )
    apt.download(offers, progress.advance)
