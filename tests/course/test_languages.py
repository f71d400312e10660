"""Languages: which one, what is said in it, and that nothing is left untranslated."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipv6lab.course import catalogues, content, exercises, languages, tasks
from ipv6lab.course.plan import addressing_plan
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message

COURSE = content.find()
PO = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "{router} answered after {seconds} s."
msgstr "{router} trả lời sau {seconds} giây."
"""


@pytest.fixture
def exercise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An exercise's folder with one translated message, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "exercise"
    folder.mkdir()
    (folder / "vi.po").write_text(PO, encoding="utf-8")
    languages._catalogue.cache_clear()
    return folder


SAID = Message("{router} answered after {seconds} s.", {"router": "hq-core", "seconds": 1.5})


def test_english_is_said_as_it_is(exercise: Path) -> None:
    assert languages.translate(SAID, "en", exercise) == "hq-core answered after 1.5 s."


def test_vietnamese_has_a_decimal_comma(exercise: Path) -> None:
    assert languages.translate(SAID, "vi", exercise) == "hq-core trả lời sau 1,5 giây."


def test_values_keep_their_format_in_vietnamese() -> None:
    message = Message("{seconds:.2f} of {count:03d}", {"seconds": 0.5, "count": 7})
    assert languages.translate(message, "vi") == "0,50 of 007"


def test_what_is_not_translated_is_said_in_english(exercise: Path) -> None:
    assert languages.translate(Message("Never heard of."), "vi", exercise) == "Never heard of."


def test_a_compiled_catalogue_is_kept_and_used(exercise: Path) -> None:
    languages.translate(SAID, "vi", exercise)
    kept = list((directories.cache() / "locale").glob("*.mo"))
    assert kept
    languages._catalogue.cache_clear()
    for file in kept:
        file.write_bytes(file.read_bytes()[:40])  # a full disk, a crash
    assert languages.translate(SAID, "vi", exercise).startswith("hq-core trả lời")


def test_an_edited_catalogue_is_seen(exercise: Path) -> None:
    languages.translate(SAID, "vi", exercise)
    languages._catalogue.cache_clear()
    (exercise / "vi.po").write_text(PO.replace("trả lời", "đáp"), encoding="utf-8")
    assert languages.translate(SAID, "vi", exercise) == "hq-core đáp sau 1,5 giây."


def test_a_cache_that_cannot_be_written_is_done_without(
    exercise: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(exercise / "vi.po"))
    assert languages.translate(SAID, "vi", exercise) == "hq-core trả lời sau 1,5 giây."


def test_a_catalogue_that_is_none_is_named(exercise: Path) -> None:
    (exercise / "vi.po").write_text("no catalogue\n", encoding="utf-8")
    with pytest.raises(LabError, match=r"vi\.po is no catalogue of messages: "):
        languages.translate(SAID, "vi", exercise)


@pytest.mark.parametrize(
    ("option", "environ", "chosen"),
    [
        ("vi", {}, "vi"),
        ("en", {"LANG": "vi_VN.UTF-8"}, "en"),
        (None, {}, "en"),
        (None, {"LANG": "vi_VN"}, "vi"),
        (None, {"LANG": "vi"}, "vi"),
        (None, {"LANG": "de_DE.UTF-8"}, "en"),
        (None, {"LANG": "en_US.UTF-8", "LC_MESSAGES": "vi_VN.UTF-8"}, "vi"),
        (None, {"LANG": "vi_VN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        (None, {"LANG": "vi_VN.UTF-8", "LC_ALL": ""}, "vi"),
    ],
)
def test_the_language_is_the_option_s_or_the_locale_s(
    option: str | None, environ: dict[str, str], chosen: str
) -> None:
    assert languages.choose_language(option, environ) == chosen


def test_a_language_that_there_is_not() -> None:
    with pytest.raises(LabError, match="There is no language fr; choose one of en, vi"):
        languages.choose_language("fr")


@pytest.mark.parametrize("language", languages.LANGUAGES)
@pytest.mark.parametrize("exercise", exercises.load_all(COURSE), ids=lambda exercise: exercise.id)
def test_a_task_names_the_plan_s_addresses(exercise: exercises.Exercise, language: str) -> None:
    plan = addressing_plan(COURSE, 0xABC)
    text = tasks.task_text(
        exercise.task,
        lambda block: languages.translate_text(block, language, exercise.folder),
        plan,
    )
    # The provider of L19 has its own prefix, whoever of its customers learns there.
    own = plan["rapid.prefix"] if exercise.id == "L19" else "2001:db8:1abc:"
    assert own in text
    assert "{{" not in text
    assert text.startswith("# ")


def test_every_message_is_translated_and_none_is_stale() -> None:
    wrong = [
        line for source in catalogues.sources(COURSE, "vi") for line in catalogues.mistakes(source)
    ]
    assert not wrong, "run `python -m ipv6lab.course.catalogues update`:\n" + "\n".join(wrong)


def test_what_is_wrong_with_a_catalogue_is_named(tmp_path: Path) -> None:
    source = catalogues.Source(tmp_path / "vi.po", "vi")
    for text in ("Untranslated.", "Unsure.", "{node} is down.", "Fine {{ a.b }}."):
        source.messages[text] = ["here.py"]
    source.file.write_text(
        'msgid "Gone."\nmsgstr "Mất."\n\n#, fuzzy\nmsgid "Unsure."\nmsgstr "Chưa chắc."\n\n'
        'msgid "{node} is down."\nmsgstr "{nút} không chạy."\n\n'
        'msgid "Fine {{ a.b }}."\nmsgstr "Tốt {{ a.b }}."\n',
        encoding="utf-8",
    )
    assert [line.partition(": ")[2] for line in catalogues.mistakes(source)] == [
        "missing: Untranslated.",
        "fuzzy: Unsure.",
        "other values than in the source: {node} is down.",
        "obsolete: Gone.",
    ]


def test_an_update_keeps_translations_and_drops_what_is_gone(tmp_path: Path) -> None:
    source = catalogues.Source(tmp_path / "vi.po", "vi", {"New.": ["a.py"], "Kept.": ["b.py"]})
    source.file.write_text('msgid "Kept."\nmsgstr "Giữ."\n\nmsgid "Gone."\nmsgstr "Mất."\n')
    catalogues.update(source)
    known = catalogues.read_catalogue(source.file)
    assert {message.id: message.string for message in known if message.id} == {
        "New.": "",
        "Kept.": "Giữ.",
    }
    again = source.file.read_bytes()
    catalogues.update(source)
    assert source.file.read_bytes() == again
