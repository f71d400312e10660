"""What the course says, in the language of the person who reads it.

English is the source. A message's English template is the key under which its translation is
found: first in the exercise's own ``vi.po``, then in the engine's, ``locale/vi.po``. Catalogues
are compiled on first use and kept in the user's cache under a name made of their content, so that
an edited translation is seen at once and a stale one never.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, Value, _

if TYPE_CHECKING:
    import gettext

SOURCE = "en"
LANGUAGES = (SOURCE, "vi")

ENGINE_CATALOGUES = Path(__file__).resolve().parents[1] / "locale"


def choose_language(option: str | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """The language of `--lang`, else that of ``LANGUAGE`` or the locale, else English.

    >>> choose_language(None, {"LANG": "vi_VN.UTF-8"})
    'vi'
    >>> choose_language(None, {"LANG": "vi_VN.UTF-8", "LC_ALL": "C"})
    'en'
    >>> choose_language(None, {"LANG": "en_US.UTF-8", "LANGUAGE": "fr:vi"})
    'vi'
    """
    if option is not None:
        if option not in LANGUAGES:
            raise LabError(
                _(
                    "There is no language {language}; choose one of {known}.",
                    language=option,
                    known=", ".join(LANGUAGES),
                )
            )
        return option
    locale = next(
        (environ[one] for one in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(one)), ""
    )
    # As gettext does: the list in LANGUAGE comes first, except for who wants no translation.
    wanted = [] if locale in ("C", "POSIX") else environ.get("LANGUAGE", "").split(":")
    for one in [*wanted, locale]:
        language = one.partition("_")[0].partition(".")[0]
        if language in LANGUAGES:
            return language
    return SOURCE


def translate(message: Message, language: str, exercise: Path | None = None) -> str:
    """The message, with its values, in a language; `exercise` is the folder of the one it is from.

    Numbers with a fraction have a decimal comma in Vietnamese.
    """
    if language == SOURCE:
        return str(message)
    values = {name: _spoken(value, language) for name, value in message.values.items()}
    return str(Message(translate_text(message.text, language, exercise), values))


def translate_text(text: str, language: str, exercise: Path | None = None) -> str:
    """A text without values (a title, a hint, a paragraph); English where none is found."""
    if language == SOURCE or not text:
        return text
    if exercise is not None:
        found = _catalogue(exercise / f"{language}.po").gettext(text)
        if found != text:
            return found
    return _catalogue(ENGINE_CATALOGUES / f"{language}.po").gettext(text)


def translate_from(catalogue: Path, text: str) -> str:
    """A text that one catalogue translates; itself where that does not."""
    return _catalogue(catalogue).gettext(text) if text else text


class _CommaNumber(float):
    """A number whose fraction is written after a comma."""

    def __format__(self, wanted: str) -> str:
        return super().__format__(wanted).replace(".", ",")

    def __str__(self) -> str:
        return super().__repr__().replace(".", ",")


def _spoken(value: Value, language: str) -> Value:
    return _CommaNumber(value) if language == "vi" and isinstance(value, float) else value


@lru_cache(maxsize=64)
def _catalogue(file: Path) -> gettext.NullTranslations:
    """The compiled catalogue; one that is not there translates nothing."""
    import gettext
    import hashlib
    import io
    import struct

    try:
        source = file.read_bytes()
    except FileNotFoundError:
        return gettext.NullTranslations()
    kept = directories.cache() / "locale" / f"{hashlib.sha256(source).hexdigest()}.mo"
    try:
        compiled = kept.read_bytes()
        return gettext.GNUTranslations(io.BytesIO(compiled))
    except (OSError, UnicodeDecodeError, struct.error):  # not there, or cut short
        compiled = _compiled(file, source)
        _keep(kept, compiled)
        return gettext.GNUTranslations(io.BytesIO(compiled))


def _compiled(file: Path, source: bytes) -> bytes:
    import io

    # Babel costs more to import than a command takes; a kept catalogue does without it.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    try:
        catalogue = read_po(io.BytesIO(source), abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise LabError(
            _("{file} is no catalogue of messages: {reason}.", file=str(file), reason=str(error))
        ) from None
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def _keep(kept: Path, compiled: bytes) -> None:
    """Keep it for the next time; where the cache cannot be written it is compiled every time."""
    draft = kept.with_suffix(f".{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(compiled)
        draft.replace(kept)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
