"""What the trainee answered to the exercise's questions."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.words.message import _

# 33:33:ff:00:00:80 (and 33:33:ff:0:0:80), 3333.ff00.0080, 3333ff000080; a dash does as well.
_MACS = (
    (re.compile(r"([0-9a-f]{1,2})" + r"[:-]([0-9a-f]{1,2})" * 5), 2),
    (re.compile(r"([0-9a-f]{1,4})" + r"[.:-]([0-9a-f]{1,4})" * 2), 4),
    (re.compile(r"([0-9a-f]{6})-?([0-9a-f]{6})"), 6),
)
_SPACES = re.compile(r"[\s_-]+")


class Answers:
    """The answers of ``answers.toml``, or as `ipv6lab answer` gave them, by name.

    ::

        require(
            lab.answers.mac("router-mac") in lab.node("hq-core").macs(),
            _("No interface of hq-core has the MAC address that you found."),
        )

    The names are those of ``[questions]`` in ``exercise.toml``. A question without an answer, or
    with one of another kind than is asked for, raises Failed: the check has failed, and the
    trainee is told which question it is. What is right a check finds out on the lab itself.
    """

    def __init__(self, given: Mapping[str, str | list[str]]) -> None:
        self._given = given

    def __contains__(self, name: str) -> bool:
        return bool(self._given.get(name))

    def texts(self, name: str) -> list[str]:
        """All that was answered, in the order in which it was given."""
        answer = self._given.get(name) or []
        texts = [answer] if isinstance(answer, str) else list(answer)
        if not any(texts):
            raise Failed(_("The question {question} has no answer yet.", question=name))
        return texts

    def text(self, name: str) -> str:
        """The one answer, as it was written."""
        texts = self.texts(name)
        if len(texts) > 1:
            raise Failed(
                _(
                    "The question {question} has one answer, and {count} were given.",
                    question=name,
                    count=len(texts),
                )
            )
        return texts[0]

    def word(self, name: str) -> str:
        """The one answer without regard to upper and lower case."""
        return self.text(name).casefold()

    def choice(self, name: str, allowed: Collection[str]) -> str:
        """The one answer, if it is one of the words `allowed`, which are in lower case.

        Spaces and underscores stand for a hyphen. Any other word raises Failed, which names those
        that may be answered.
        """
        text = self.text(name)
        word = _SPACES.sub("-", text.strip("`'\" .").casefold())
        if word not in allowed:
            raise Failed(
                _(
                    "The answer to {question} has to be one of {allowed}, and {answer} is none of "
                    "them.",
                    question=name,
                    answer=text,
                    allowed=", ".join(allowed),
                )
            )
        return word

    def address(self, name: str) -> IPv6Address:
        """The one answer as an IPv6 address, however it is written (RFC 4291 section 2.2).

        What programs print beside it does no harm: brackets, a zone (``%eth0``), a prefix length.
        """
        text = self.text(name)
        try:
            return IPv6Address(_bare(text))
        except ValueError:
            message = _(
                "The answer to {question} is no IPv6 address: {answer}.", question=name, answer=text
            )
            raise Failed(message) from None

    def any_address(self, name: str) -> IPv4Address | IPv6Address:
        """The same, of either family."""
        text = self.text(name)
        try:
            return ip_address(_bare(text))
        except ValueError:
            message = _(
                "The answer to {question} is no address: {answer}.", question=name, answer=text
            )
            raise Failed(message) from None

    def prefix(self, name: str) -> IPv6Network:
        """The one answer as an IPv6 prefix, however it is written."""
        text = self.text(name)
        try:
            return IPv6Network(text)
        except ValueError:
            message = _(
                "The answer to {question} is no IPv6 prefix: {answer}.", question=name, answer=text
            )
            raise Failed(message) from None

    def mac(self, name: str) -> str:
        """The one answer as a MAC address, ``00:00:5e:00:53:01``; it may be written in any of the
        usual ways, ``0000.5e00.5301`` among them."""
        text = self.text(name)
        for pattern, digits in _MACS:
            if found := pattern.fullmatch(text.lower()):
                whole = "".join(part.zfill(digits) for part in found.groups())
                return ":".join(whole[at : at + 2] for at in range(0, 12, 2))
        raise Failed(
            _("The answer to {question} is no MAC address: {answer}.", question=name, answer=text)
        )


def _bare(text: str) -> str:
    """An address without what may stand around it."""
    text = text.partition("/")[0].strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    return text.partition("%")[0]
