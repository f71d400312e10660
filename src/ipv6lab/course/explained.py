"""Why a reference solution is as it is: ``solutions/<ID>/explained.md``.

The text is Markdown. Each code fence quotes lines of the reference, below the names of the files
that they come from, as ``ipv6lab solution`` writes them; the paragraphs behind it say what the
lines do, and why not otherwise::

    ```
    # r1:/etc/sysctl.d/60-router.conf
    net.ipv6.conf.all.forwarding = 1
    ```

    A file, because a value that is only set by hand is gone after the next start.

A quoted line that ends with ``…`` stands for all lines that begin like it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ipv6lab.course import catching_up, languages, tasks
from ipv6lab.course.content import Content

TEXT = "explained.md"
MORE = "…"
COMMANDS = "commands.sh"
COMMENTS = ("#", "//")


def file(course: Content, exercise: str) -> Path:
    """Where the explanation of an exercise's reference is to be found."""
    return course.solutions / exercise / TEXT


def files(course: Content) -> list[Path]:
    """All explanations that there are."""
    return sorted(course.solutions.glob(f"*/{TEXT}"))


def catalogue(explanation: Path, language: str) -> Path:
    """The file with an explanation's translation."""
    return explanation.with_suffix(f".{language}.po")


def messages(explanation: Path) -> Iterator[str]:
    """The paragraphs that are to be translated."""
    return (block.text for block in tasks.read_task(explanation) if block.prose)


def text(course: Content, exercise: str, language: str, plan: Mapping[str, str]) -> str | None:
    """The explanation as Markdown for one seat; None where the solution is not here."""
    explanation = file(course, exercise)
    if not explanation.is_file():
        return None

    def translated(block: str) -> str:
        if language == languages.SOURCE:
            return block
        return languages.translate_from(catalogue(explanation, language), block)

    return tasks.task_text(explanation, translated, plan)


def quoted(explanation: Path) -> dict[str, list[str]]:
    """The quoted lines of each file that an explanation names, by the name that is written."""
    found: dict[str, list[str]] = {}
    for block in tasks.read_task(explanation):
        if block.prose:
            continue
        names: list[str] = []
        lines: list[str] = []
        for line in (line.strip() for line in block.text.splitlines()[1:-1]):
            if line.startswith("# ") and not lines:
                names.append(line[2:])
            elif line:
                lines.append(line)
        for name in names:
            found.setdefault(name, []).extend(lines)
    return found


def written(reference: Path) -> dict[str, list[str]]:
    """The lines of each file of a reference that do something, by the name that is shown."""
    found: dict[str, list[str]] = {}
    for one in sorted(path for path in reference.rglob("*") if path.is_file()):
        node, *inside = one.relative_to(reference).parts
        plain = not inside or inside == [COMMANDS]
        name = node if plain else f"{node}:/{'/'.join(inside)}"
        lines = (line.strip() for line in one.read_text(encoding="utf-8").splitlines())
        found[name] = [line for line in lines if line and not line.startswith(COMMENTS)]
    return found


def mistakes(explanation: Path) -> Iterator[str]:
    """What is in the reference and not explained, and what is explained and not there."""
    said, done = quoted(explanation), written(explanation.parent / catching_up.REFERENCE)
    for name, lines in done.items():
        for line in lines:
            if not any(_covers(quote, line) for quote in said.get(name, [])):
                yield f"{explanation}: {name}: not explained: {line}"
    for name, quotes in said.items():
        for quote in quotes:
            if not any(_covers(quote, line) for line in done.get(name, [])):
                yield f"{explanation}: {name}: not in the reference: {quote}"


def _covers(quote: str, line: str) -> bool:
    if quote.endswith(MORE):
        return line.startswith(quote.removesuffix(MORE).rstrip())
    return quote == line
