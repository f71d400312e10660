"""Who may send a domain's mail: what another mail server decides by its SPF record (RFC 7208).

`check_host` is that function of the standard, whole: all mechanisms and modifiers, macros, and the
limits on what one evaluation may ask. A record with an error anywhere decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from urllib.parse import quote

TERMS = 10  # that ask the DNS, in one evaluation (section 4.6.4)
NAMES = 10  # of mail servers of one `mx`, and of one address in `ptr`
VOID = 2  # answers without a record (section 4.6.4)
DOMAIN = 253  # octets

Address = IPv4Address | IPv6Address
# The data of a name's records: addresses as such, names and texts as strings. Raises TemporaryError
# where nobody answers.
Lookup = Callable[[str, str], list[object]]

_MACRO = r"%(?:\{[slodiphcrtv][0-9]*r?[.\-+,/_=]*\}|%|_|-)"
_LITERAL = r"[\x21-\x24\x26-\x7e]"
_STRING = re.compile(rf"(?:{_MACRO}|{_LITERAL})*", re.IGNORECASE)
_EXPAND = re.compile(r"%(?:\{([a-z])([0-9]*)(r?)([.\-+,/_=]*)\}|([%_-]))", re.IGNORECASE)
# What a domain ends in: a label of letters, digits and hyphens, not of digits alone; or a macro.
_END = re.compile(rf"\.(?!\d+\.?$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.?$|{_MACRO}$", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9\-_.]*)=(.*)", re.IGNORECASE | re.DOTALL)
_DIRECTIVE = re.compile(r"([+\-?~]?)([a-z][a-z0-9\-_.]*)(.*)", re.IGNORECASE | re.DOTALL)
_DUAL = re.compile(r"(.*?)(?:/(0|[1-9]\d?))?(?://(0|[1-9]\d{0,2}))?", re.DOTALL)
RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class PermanentError(Exception):
    """The record cannot be evaluated (permerror); the text is what stands wrong there."""


class TemporaryError(Exception):
    """Somebody who was asked does not answer (temperror)."""


@dataclass(frozen=True)
class Term:
    """A mechanism with its qualifier; `domain` as it is written, None where none is.

    `network` is that of `ip4` and `ip6`, `lengths` the prefix lengths of `a` and `mx`.
    """

    qualifier: str
    kind: str
    domain: str | None = None
    network: IPv4Network | IPv6Network | None = None
    lengths: tuple[int, int] = (32, 128)


@dataclass(frozen=True)
class Policy:
    """A record that could be read."""

    terms: tuple[Term, ...]
    redirect: str | None


@dataclass(frozen=True)
class Decision:
    """`result` is one of none, neutral, pass, fail, softfail, temperror, permerror.

    `flaw` says what made it an error.
    """

    result: str
    flaw: str = ""


def parse(text: str) -> Policy:
    """A record without its version, by the grammar of section 12. Raises PermanentError."""
    terms: list[Term] = []
    modifiers: dict[str, str] = {}
    for word in filter(None, text.split(" ")):
        found = _MODIFIER.fullmatch(word)
        if found:
            name, value = found[1].lower(), found[2]
            if name in ("redirect", "exp"):
                if name in modifiers:
                    raise PermanentError(word)
                _domain(value, word)
            elif not _STRING.fullmatch(value):
                raise PermanentError(word)
            modifiers[name] = value
        else:
            terms.append(_term(word))
    return Policy(tuple(terms), modifiers.get("redirect"))


def _term(word: str) -> Term:
    found = _DIRECTIVE.fullmatch(word)
    if not found:
        raise PermanentError(word)
    qualifier, kind, rest = found[1] or "+", found[2].lower(), found[3]
    if kind == "all" and not rest:
        return Term(qualifier, kind)
    if kind in ("ip4", "ip6") and rest.startswith(":"):
        return Term(qualifier, kind, network=_network(kind, rest[1:], word))
    if kind in ("include", "exists") and rest.startswith(":"):
        return Term(qualifier, kind, _domain(rest[1:], word))
    if kind == "ptr" and (not rest or rest.startswith(":")):
        return Term(qualifier, kind, _domain(rest[1:], word) if rest else None)
    if kind in ("a", "mx"):
        parts = _DUAL.fullmatch(rest)
        assert parts is not None
        lengths = (int(parts[2] or 32), int(parts[3] or 128))
        if lengths[0] <= 32 and lengths[1] <= 128 and (not parts[1] or parts[1].startswith(":")):
            domain = _domain(parts[1][1:], word) if parts[1] else None
            return Term(qualifier, kind, domain, lengths=lengths)
    raise PermanentError(word)


def _network(kind: str, text: str, word: str) -> IPv4Network | IPv6Network:
    address, slash, length = text.partition("/")
    plain = not slash or re.fullmatch(r"0|[1-9]\d*", length)
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        raise PermanentError(word) from None
    if not plain or "%" in address or found.version != int(kind[2]):
        raise PermanentError(word)
    return found


def _domain(text: str, word: str) -> str:
    if not text or not _STRING.fullmatch(text) or not _END.search(text):
        raise PermanentError(word)
    return text


@dataclass
class _Evaluation:
    sender: Address
    mailbox: str
    lookup: Lookup
    asked: int = 0
    void: int = 0
    names: list[str] | None = None

    def check(self, domain: str) -> str:
        """The result for a domain; sections 4.3 to 4.7."""
        policy = self._policy(domain)
        if policy is None:
            return "none"
        for term in policy.terms:
            if self._matches(term, domain):
                return RESULTS[term.qualifier]
        if policy.redirect is None:
            return "neutral"
        self._count(f"redirect={policy.redirect}")
        result = self.check(self._expand(policy.redirect, domain))
        if result == "none":
            raise PermanentError(f"redirect={policy.redirect}")
        return result

    def _policy(self, domain: str) -> Policy | None:
        texts = [str(one) for one in self.lookup(domain, "TXT")]
        records = [one for one in texts if one.lower().partition(" ")[0] == "v=spf1"]
        if len(records) > 1:
            raise PermanentError(" | ".join(records))
        return parse(records[0].partition(" ")[2]) if records else None

    def _matches(self, term: Term, domain: str) -> bool:
        if term.kind == "all":
            return True
        if term.network is not None:
            return self.sender in term.network
        self._count(term.kind)
        target = domain if term.domain is None else self._expand(term.domain, domain)
        if term.kind == "include":
            result = self.check(target)
            if result == "none":
                raise PermanentError(f"include:{term.domain}")
            return result == "pass"
        if term.kind == "exists":
            return bool(self._ask(target, "A"))
        if term.kind == "ptr":
            return any(
                f".{name}".endswith(f".{target.lower().rstrip('.')}") for name in self._validated()
            )
        hosts = [target] if term.kind == "a" else self._exchangers(target)
        kind = "A" if self.sender.version == 4 else "AAAA"
        length = term.lengths[self.sender.version == 6]
        for host in hosts:
            found = self._ask(host, kind) if term.kind == "a" else self.lookup(host, kind)
            if any(self.sender in ip_network(f"{one}/{length}", strict=False) for one in found):
                return True
        return False

    def _exchangers(self, domain: str) -> list[str]:
        found = [str(one) for one in self._ask(domain, "MX")]
        if len(found) > NAMES:
            raise PermanentError(f"mx:{domain}")
        return found

    def _validated(self) -> list[str]:
        """The names of the sender's address that lead back to it (section 5.5)."""
        if self.names is None:
            kind = "A" if self.sender.version == 4 else "AAAA"
            found = [str(one) for one in self._ask(self.sender.reverse_pointer, "PTR")][:NAMES]
            self.names = [
                one.lower().rstrip(".") for one in found if self.sender in self.lookup(one, kind)
            ]
        return self.names

    def _ask(self, name: str, kind: str) -> list[object]:
        found = self.lookup(name, kind)
        if not found:
            self.void += 1
            if self.void > VOID:
                raise PermanentError(name)
        return found

    def _count(self, term: str) -> None:
        self.asked += 1
        if self.asked > TERMS:
            raise PermanentError(term)

    def _expand(self, text: str, domain: str) -> str:
        """A domain with its macros filled in (section 7)."""
        whole = _EXPAND.sub(lambda found: self._macro(found, domain), text).rstrip(".")
        while len(whole) > DOMAIN:  # the left side is given up, label by label
            whole = whole.partition(".")[2]
        return whole.lower()

    def _macro(self, found: re.Match[str], domain: str) -> str:
        if found[5]:
            return {"%": "%", "_": " ", "-": "%20"}[found[5]]
        letter, digits = found[1].lower(), found[2]
        if letter in "crt" or (digits and not int(digits)):
            raise PermanentError(found[0])
        local, _at, of = self.mailbox.partition("@")
        values = {"s": self.mailbox, "l": local, "o": of, "d": domain, "h": of, "p": "unknown"}
        four = self.sender.version == 4
        values["v"] = "in-addr" if four else "ip6"
        values["i"] = str(self.sender) if four else ".".join(self.sender.exploded.replace(":", ""))
        if letter == "p":
            values["p"] = next(iter(self._validated()), "unknown")
        parts = re.split(f"[{re.escape(found[4] or '.')}]", values[letter])
        if found[3]:
            parts.reverse()
        value = ".".join(parts[-int(digits) :] if digits else parts)
        return quote(value, safe="-._~") if found[1].isupper() else value


def check_host(sender: Address, domain: str, lookup: Lookup) -> Decision:
    """Whether an address may send the mail of a domain (section 4), for the domain's postmaster.

    An IPv4-mapped address is taken for the IPv4 address. `lookup` is asked for TXT, A, AAAA, MX and
    PTR.
    """
    mapped = sender.ipv4_mapped if isinstance(sender, IPv6Address) else None
    evaluation = _Evaluation(mapped or sender, f"postmaster@{domain}", lookup)
    try:
        return Decision(evaluation.check(domain.lower().rstrip(".")))
    except PermanentError as error:
        return Decision("permerror", str(error))
    except TemporaryError as error:
        return Decision("temperror", str(error))
    except RecursionError:  # records that include each other end at the limit long before
        return Decision("permerror", domain)
