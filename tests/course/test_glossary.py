"""The Vietnamese of the course keeps to one word for one thing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipv6lab.course import catalogues, content, languages

FILES = [
    languages.ENGINE_CATALOGUES / "vi.po",
    *sorted(content.find().exercises.glob("*/vi.po")),
    *sorted(content.find().notebooks.glob("*.vi.po")),
]
# Code, values and what is drawn in bold are names, not words.
NAMES = re.compile(r"```.*?```|`[^`\n]*`|\{\{[^}]*\}\}|\{[^}]*\}", re.DOTALL)


def translated(file: Path) -> Iterator[tuple[str, str]]:
    """English and Vietnamese of each message, without names."""
    for message in catalogues.read_catalogue(file):
        if message.id and isinstance(message.string, str):
            yield NAMES.sub("", str(message.id)), NAMES.sub("", message.string)


EACH = pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")


@EACH
def test_a_router_is_a_bo_dinh_tuyen(file: Path) -> None:
    """The English word stands in brackets only; fields such as Router Lifetime keep their names."""
    found = [vi for _en, vi in translated(file) if re.search(r"(?<!\()\brouter\b", vi)]
    assert not found, "\n".join(found)


@EACH
def test_a_may_tram_is_a_host_and_not_the_desktop_team(file: Path) -> None:
    found = [
        vi
        for en, vi in translated(file)
        if re.search(r"[nN]hóm máy trạm|phần mềm máy trạm", vi)
        or ("desktop team" in en and "máy tính văn phòng" not in vi)
    ]
    assert not found, "\n".join(found)


def test_one_message_has_one_translation() -> None:
    """The same English sentence is said in the same words, wherever it stands."""
    said: dict[str, dict[str, str]] = {}
    for file in FILES:
        for message in catalogues.read_catalogue(file):
            if message.id and isinstance(message.string, str):
                said.setdefault(str(message.id), {}).setdefault(message.string, str(file))
    several = {english: found for english, found in said.items() if len(found) > 1}
    assert not several, "\n".join(f"{english}: {found}" for english, found in several.items())


# A word of the English text, and how it is not to be translated: another word of the glossary's
# meaning, or one that says the opposite.
OTHERWISE = {
    r"": r"số không\b(?! đổi)|[kK]hóa khóa|[cC]ạc mạng|\bmơ hồ (và|nhưng) rẻ|vùng tên ngược",
    r"\blifetimes?\b": r"[tT]hời gian (tồn tại|sống)\b",
    r"\boperators?\b": r"[nN]hà (khai thác|vận hành)",
    r"\boffer(s|ed)?\b": r"\b([mM]ời|[cC]hào)\b",
    r"\btwins?\b": r"[sS]ong sinh|sinh đôi",
    r"\bNAT\b": r"(?<!đã )\b([bB]iên )?dịch địa chỉ",
    r"\bregistry\b": r"nơi quản lý tên miền|cơ quan đăng ký",
    r"\baccess lists?\b": r"[dD]anh sách truy cập",
    r"\bnative IPv6\b": r"(?<!thuần )IPv6 thuần",
    r"\bIPv6-only\b": r"IPv6 thuần",
    r"\bnotebooks?\b": r"[sS]ổ tay",
    r"\bencapsulat": r"gói đã đóng gói",
    r"\bunique local\b": r"(?<!địa chỉ )\bcục bộ duy nhất",
    r"^must not$": r"^(?!cấm$)",
    r"“must not”": r"“không được”",
}


def otherwise(english: str, vietnamese: str) -> list[str]:
    """What of a translation the glossary has another word for."""
    return [
        found.group(0)
        for word, wrong in OTHERWISE.items()
        if re.search(word, english) and (found := re.search(wrong, vietnamese))
    ]


@EACH
def test_a_term_is_translated_as_the_glossary_has_it(file: Path) -> None:
    found = [f"{term!r} in {vi}" for en, vi in translated(file) for term in otherwise(en, vi)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("english", "vietnamese", "wrong"),
    [
        ("two runs of zeros", "hai dãy số không dài bằng nhau", ["số không"]),
        ("native IPv6", "IPv6 thuần", ["IPv6 thuần"]),
        ("The router's lifetime is 0.", "Thời gian sống bằng 0.", ["Thời gian sống"]),
        ("must not", "không được", [""]),
        ("must not", "cấm", []),
        ("IPv6-only", "thuần IPv6", []),
    ],
)
def test_what_the_glossary_has_another_word_for_is_found(
    english: str, vietnamese: str, wrong: list[str]
) -> None:
    assert otherwise(english, vietnamese) == wrong
