"""Write `baseline.json` of exercises: what gets where in their start state.

    python tools/baselines.py L17

A check that nothing more gets through than before (`ipv6lab.expect.shut.as_before`) compares with
it. Who asks whom stands in the file itself, as `br-pc1 > www IPv6`; what gets through is measured.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from ipv6lab.course import grading
from ipv6lab.course.place import Place

CHECKS = '''
import json

from ipv6lab.expect import shut
from ipv6lab.grading import Failed, _, must

PAIRS = {pairs}

@must("B", weight=1, deadline=120)
def what_gets_through(lab):
    """What gets where."""
    lab.settle()
    found = {{pair: shut.baseline(lab, *shut.read_pair(pair)) for pair in PAIRS}}
    raise Failed(_("{{found}}", found=json.dumps(found)))
'''


def measured(exercise: str, pairs: list[str]) -> dict[str, list[list[object]]]:
    """What gets through in the start state, for each of the pairs. Raises LabError."""
    place = Place.of(exercise, None)
    with tempfile.TemporaryDirectory(prefix="v6-") as directory:
        folder, nothing = Path(directory, "exercise"), Path(directory, "nothing")
        shutil.copytree(place.exercise.folder, folder)
        # Nothing is done but for one command that does nothing.
        (nothing / place.exercise.nodes[0]).mkdir(parents=True)
        (nothing / place.exercise.nodes[0] / "commands.sh").write_text("true\n", encoding="utf-8")
        (folder / "checks.py").write_text(CHECKS.format(pairs=pairs), encoding="utf-8")
        asked = replace(place, exercise=replace(place.exercise, folder=folder))
        result = grading.grade(asked, str(nothing))
    if not result["checks"]:
        raise SystemExit(str(result["message"]))
    [check] = result["checks"]
    found: dict[str, list[list[object]]] = json.loads(check["message"]["values"]["found"])
    return found


def written(found: dict[str, list[list[object]]]) -> str:
    """The file: a kind of packets a line."""
    pairs = []
    for pair, kinds in found.items():
        lines = ",\n".join(f"    {json.dumps(kind)}" for kind in kinds)
        pairs.append(f"  {json.dumps(pair)}: [\n{lines}\n  ]")
    return "{\n" + ",\n".join(pairs) + "\n}\n"


def main() -> None:
    for exercise in sys.argv[1:]:
        file = Place.of(exercise, None).exercise.baseline
        pairs = list(json.loads(file.read_text(encoding="utf-8")))
        file.write_text(written(measured(exercise, pairs)), encoding="utf-8")


if __name__ == "__main__":
    main()
