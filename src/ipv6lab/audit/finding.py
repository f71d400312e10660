"""What an audit says of a site: a verdict and a sentence for each criterion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

PASSED, FAILED, NOTICE, NOTHING = "passed", "failed", "notice", "nothing"
VERDICTS = (PASSED, FAILED, NOTICE, NOTHING)

# internet.nl's seven of a domain (web and mail), then what it does not ask.
CRITERIA = {
    "ns-aaaa": _("Two name servers have IPv6 addresses"),
    "ns-reach": _("Every name server answers over IPv6"),
    "web-aaaa": _("The site's name has an IPv6 address"),
    "web-reach": _("The web server takes connections at every IPv6 address"),
    "web-same": _("The same site over IPv6 and IPv4"),
    "mx-aaaa": _("Every mail server has an IPv6 address"),
    "mx-reach": _("Every mail server takes connections over IPv6"),
    "tls": _("The certificate is for this name and valid"),
    "only6": _("An IPv6-only client gets the whole page"),
}
INTERNET_NL = tuple(CRITERIA)[:7]


@dataclass
class Site:
    """A site's name and, for each criterion, a verdict with its sentences.

    `logo` says whether the logo for sites would be granted: the name leads to an IPv6 address, and
    the site is reached there.
    """

    name: str
    verdicts: dict[str, str] = field(default_factory=dict)
    told: dict[str, list[Message]] = field(default_factory=dict)
    logo: bool = False

    def say(self, criterion: str, verdict: str, message: Message | None = None) -> None:
        """Add a verdict; the worst of several counts."""
        order = (NOTHING, PASSED, NOTICE, FAILED)
        before = self.verdicts.get(criterion, NOTHING)
        self.verdicts[criterion] = max(before, verdict, key=order.index)
        self.told.setdefault(criterion, [])
        if message is not None:
            self.told[criterion].append(message)

    @property
    def internet_nl(self) -> bool:
        """Whether internet.nl would find nothing in its IPv6 tests."""
        return not any(self.verdicts.get(one) == FAILED for one in INTERNET_NL)

    @property
    def passed(self) -> bool:
        return FAILED not in self.verdicts.values()

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "logo": self.logo,
            "internet_nl": self.internet_nl,
            "verdicts": self.verdicts,
            "told": {one: [each.to_json() for each in all] for one, all in self.told.items()},
        }

    @classmethod
    def from_json(cls, data: Any) -> Site:
        """Raises LabError where it is none: a node can say anything."""
        try:
            verdicts = {one: str(data["verdicts"][one]) for one in CRITERIA}
            if not set(verdicts.values()) <= set(VERDICTS):
                raise ValueError
            told = {one: [Message.from_json(e) for e in data["told"][one]] for one in CRITERIA}
            return cls(str(data["name"]), verdicts, told, data["logo"] is True)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise LabError(_("What the node says of the site is no audit.")) from None
