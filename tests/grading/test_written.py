"""Addresses in sentences read alike under every Python (RFC 5952 section 5)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Interface, IPv6Network
from pathlib import Path

import pytest

import ipv6lab
from ipv6lab.expect.conditions import _ as sentence

SOURCE = Path(ipv6lab.__file__).parent
SPEAKERS = ("probes", "expect", "audit", "tools")


def values(tree: ast.AST) -> Iterator[ast.expr]:
    """What sentences are given for their places."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            yield from (keyword.value for keyword in node.keywords)


@pytest.mark.parametrize("room", SPEAKERS)
def test_no_value_of_a_sentence_is_written_by_python(room: str) -> None:
    files = sorted((SOURCE / room).rglob("*.py"))
    assert files
    told = [
        f"{path.name}:{value.lineno} {ast.unparse(value)}"
        for path in files
        for value in values(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id == "str"
    ]
    assert told == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (IPv6Address("::ffff:192.0.2.1"), "::ffff:192.0.2.1"),
        (IPv6Interface("::ffff:192.0.2.1/128"), "::ffff:192.0.2.1/128"),
        (IPv6Network("::ffff:192.0.2.0/120"), "::ffff:192.0.2.0/120"),
        (IPv6Network("::ffff:0:0/96"), "::ffff:0:0/96"),
        (IPv4Address("192.0.2.1"), "192.0.2.1"),
        ("2001:DB8::1", "2001:DB8::1"),  # somebody's own words
    ],
)
def test_a_sentence_takes_an_address_as_it_is(value: object, text: str) -> None:
    assert str(sentence("{value}", value=value)) == text
