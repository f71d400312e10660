#!/usr/bin/env python3
"""Grade the answers of some exercises, as the tests do: what changed, and a third of the rest.

Changed is what differs from the commit before this one; ``--since REVISION`` names another. The
third is chosen by the number of commits, so that three landings in a row try all of them. No more
exercises are taken than have ``--most`` answers together, four of which are graded at a time, 5 to
20 s each; those that are left out are named.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from ipv6lab.course import content, exercises

ROOT = Path(__file__).resolve().parents[1]
TESTS = "tests/course/test_solutions.py"
PARTS = 3
MOST = 360  # answers; 30 minutes at 20 s each, four at a time


def git(*words: str) -> str:
    """What git says; empty where there is no repository or no such commit."""
    done = subprocess.run(
        ["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def changed(since: str, identifiers: list[str]) -> list[str]:
    """The exercises whose content or answers differ from a commit, or are not committed."""
    files = git("diff", "--name-only", since, "--", "exercises", "solutions").splitlines()
    touched = {Path(file).parts[1].partition("-")[0] for file in files if len(Path(file).parts) > 2}
    return [one for one in identifiers if one in touched]


def chosen(identifiers: list[str], since: str, commits: int) -> list[str]:
    """What changed, and every third of the others."""
    first = changed(since, identifiers)
    rest = [one for one in identifiers if one not in first]
    return first + rest[commits % PARTS :: PARTS]


def bounded(identifiers: list[str], most: int) -> list[str]:
    """The first of these that have so many answers together, and one at the least."""
    taken: list[str] = []
    for one in identifiers:
        most -= len(answers(one))
        if taken and most < 0:
            break
        taken.append(one)
    return taken


def answers(identifier: str) -> list[Path]:
    """The folders of an exercise's answers."""
    folder = content.find().solutions / identifier
    kinds = ("reference", "alternatives/*", "wrong/*")
    return [one for kind in kinds for one in folder.glob(kind)]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--since", default="HEAD~1", help="the commit to compare with")
    parser.add_argument("--list", action="store_true", help="name the exercises and grade nothing")
    parser.add_argument("--most", type=int, default=MOST, help="of answers, by default %(default)s")
    asked = parser.parse_args()
    identifiers = exercises.identifiers(content.find())
    commits = int(git("rev-list", "--count", "--first-parent", "HEAD") or 0)
    all_wanted = chosen(identifiers, asked.since, commits)
    wanted = bounded(all_wanted, asked.most)
    print("answers of:", ", ".join(wanted), flush=True)
    if left := [one for one in all_wanted if one not in wanted]:
        print("left out, for they would take too long:", ", ".join(left), flush=True)
    if asked.list or not wanted:
        return 0
    words = [sys.executable, "-m", "pytest", "-q", TESTS]
    # Ids of tests begin with the exercise's: L04-reference.
    names = " or ".join(f"{one}-" for one in wanted)
    selected = f"test_an_answer_gets_what_it_deserves and ({names})"
    return subprocess.run([*words, "-k", selected], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
