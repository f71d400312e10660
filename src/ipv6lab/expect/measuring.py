"""Measurements that were answered: shares in per cent, months, networks that may be published."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from ipv6lab.expect.conditions import _, control, each, require, unwanted
from ipv6lab.probes import Failed, Lab
from ipv6lab.words.message import Message

Network = IPv4Network | IPv6Network
POINT = 1.0  # percentage point by which a measured share may differ from what was sent
LENGTHS = {4: 24, 6: 48}  # to which networks are cut before they are compared

_NUMBER = re.compile(r"\+?([0-9]+)(?:[.,]([0-9]+))?\s*(?:%|pp|per cent)?")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{1,2})")


def _number(lab: Lab, question: str) -> float:
    text = lab.answers.text(question)
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise Failed(
            _(
                "The answer to {question} is no number of per cent: {answer}.",
                question=question,
                answer=text,
            )
        )
    return float(f"{found[1]}.{found[2] or 0}")


def share_is(
    lab: Lab,
    question: str,
    right: float,
    *,
    within: float = POINT,
    mistakes: Iterable[tuple[float, Message]] = (),
) -> None:
    """The answer is the share that was sent, in per cent, or differs from it by little.

    ``mistakes`` are values that come out of a known mistake, each with what it is: where one is
    near to the answer, it is named.
    """
    given = _number(lab, question)
    if abs(given - right) <= within + 1e-9:
        return
    for value, message in mistakes:
        require(abs(given - value) > within, message)
    raise Failed(
        _(
            "The answer to {question} differs from what was sent by more than {points}.",
            question=question,
            points=within,
        )
    )


def share_is_not(
    lab: Lab, question: str, value: float, *, by: str, why: Message, within: float = POINT
) -> None:
    """The answer is not the value that a known mistake gives."""
    control(
        question in lab.answers,
        by=by,
        message=_("The question {question} has no answer yet.", question=question),
    )
    require(abs(_number(lab, question) - value) > within, why)


def month_is(lab: Lab, question: str, last: tuple[int, int], *, months: float) -> None:
    """The answer is the month that comes so many months, rounded up, after the last one."""
    text = lab.answers.text(question)
    found = _MONTH.fullmatch(text.strip())
    if found is None or not 1 <= int(found[2]) <= 12:
        raise Failed(
            _(
                "The answer to {question} is no month such as 2029-01: {answer}.",
                question=question,
                answer=text,
            )
        )
    year, month = last
    given = (int(found[1]) - year) * 12 + int(found[2]) - month
    # Who rounds to the nearest month, or counts the last one in, is a month off at most.
    require(
        math.ceil(months - 1e-9) - 1 <= given <= math.ceil(months - 1e-9) + 1,
        _("The month in {question} does not follow from the pace.", question=question),
    )


def choice_is(
    lab: Lab,
    question: str,
    right: str,
    *,
    among: Sequence[str],
    mistakes: Mapping[str, Message] | None = None,
) -> None:
    """The answer is the right one of several words; a known mistake is named."""
    given = lab.answers.choice(question, among)
    if given != right:
        known = (mistakes or {}).get(given)
        raise Failed(known or _("The answer to {question} is not right.", question=question))


def networks_are(lab: Lab, question: str, right: Iterable[object]) -> None:
    """The answer has these networks and no others, whatever their length."""
    given = {_cut(one) for one in _networks(lab, question)}
    wanted = {_cut(ip_network(str(one))) for one in right}
    for one in unwanted(given - wanted):
        raise Failed(
            _("{network} in {question} is no visitor's network.", network=one, question=question)
        )
    require(
        given == wanted,
        _(
            "{question} lacks {count} of the visitors' networks.",
            question=question,
            count=len(wanted - given),
        ),
    )


def truncated(lab: Lab, question: str, *, six: int, four: int, by: str) -> None:
    """Nothing in the answer is more exact than a network of that length."""
    control(
        question in lab.answers,
        by=by,
        message=_("The question {question} has no answer yet.", question=question),
    )
    for one in each(_networks(lab, question), _("Nothing is published.")):
        most = six if one.version == 6 else four
        require(
            one.prefixlen <= most,
            _(
                "{network} in {question} says more of a visitor than may be published.",
                network=one,
                question=question,
            ),
        )


def _networks(lab: Lab, question: str) -> list[Network]:
    """The networks of a list; what else stands in a line, a count say, does no harm."""
    found: list[Network] = []
    for text in lab.answers.texts(question):
        words = [word for word in re.split(r"[\s,;]+", text) if "." in word or ":" in word]
        for word in words:
            try:
                network = ip_network(word, strict=False)
            except ValueError:
                raise Failed(
                    _("{text} in {question} is no network.", text=word, question=question)
                ) from None
            mapped = network.network_address
            if network.version == 6 and mapped.ipv4_mapped and network.prefixlen >= 96:  # type: ignore[union-attr]
                network = ip_network((mapped.ipv4_mapped, network.prefixlen - 96), strict=False)  # type: ignore[union-attr]
            found.append(network)
    return found


def _cut(network: Network) -> Network:
    length = LENGTHS[network.version]
    return network if network.prefixlen <= length else network.supernet(new_prefix=length)
