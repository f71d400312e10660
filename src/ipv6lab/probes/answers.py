"""What the trainee answered to the exercise's questions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv6Address, IPv6Network

from ipv6lab.probes.outcome import Failed
from ipv6lab.words.message import _

_MAC = re.compile(r"(?:[0-9a-fA-F]{1,2}[:-]){5}[0-9a-fA-F]{1,2}")


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

    def address(self, name: str) -> IPv6Address:
        """The one answer as an IPv6 address, however it is written."""
        text = self.text(name)
        try:
            return IPv6Address(text)
        except ValueError:
            message = _(
                "The answer to {question} is no IPv6 address: {answer}.", question=name, answer=text
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
        """The one answer as a MAC address, ``00:00:5e:00:53:01``."""
        text = self.text(name)
        if not _MAC.fullmatch(text):
            raise Failed(
                _(
                    "The answer to {question} is no MAC address: {answer}.",
                    question=name,
                    answer=text,
                )
            )
        return ":".join(f"{int(part, 16):02x}" for part in re.split("[:-]", text))
