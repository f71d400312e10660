"""The table of attempts at the end of docs/security.md: ``python -m tests.security.table``."""

from __future__ import annotations

from pathlib import Path

from tests.security.attempts import GROUPS

PAGE = Path(__file__).parents[2] / "docs/security.md"
MARK = "<!-- made by python -m tests.security.table -->\n"


def table() -> str:
    lines = ["| group | tried |", "| --- | --- |"]
    for group, rows in GROUPS.items():
        lines += [f"| {group} | {name} |" for name in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    text = PAGE.read_text("utf-8")
    PAGE.write_text(text[: text.index(MARK) + len(MARK)] + "\n" + table(), "utf-8")


if __name__ == "__main__":
    main()
