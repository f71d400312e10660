"""A loop over what was seen says whether there has to be some: nothing seen is nothing proved."""

import ast
from pathlib import Path

import pytest

from ipv6lab.course import content

SAID = {"each", "unwanted"}  # ipv6lab.grading: there has to be some; there may be none
OF_OTHERS = {"enumerate", "zip", "sorted", "reversed", "list", "tuple", "range", "product"}
# Loops that were there before this rule. A number may only fall.
BEFORE = {
    "L02": 1, "L03": 5, "L04": 3, "L05": 2, "L08": 3, "L09": 2, "L12": 4,
    "L13": 15, "L14": 17, "L16": 5, "L18": 10, "L19": 3,
}  # fmt: skip


def says(loop: ast.expr) -> bool:
    """Whether a loop is over constants, or over what `each` or `unwanted` was given."""
    if isinstance(loop, ast.Tuple | ast.List):
        return bool(loop.elts)
    if isinstance(loop, ast.Name):
        return loop.id.isupper()
    if isinstance(loop, ast.Call) and isinstance(loop.func, ast.Name):
        if loop.func.id in SAID:
            return True
        return loop.func.id in OF_OTHERS and all(map(says, loop.args))
    if isinstance(loop, ast.Call) and isinstance(loop.func, ast.Attribute):
        return loop.func.attr in ("items", "values", "keys") and says(loop.func.value)
    if isinstance(loop, ast.GeneratorExp | ast.ListComp):
        return all(says(one.iter) and not one.ifs for one in loop.generators)
    return isinstance(loop, ast.Constant)


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("PCS", True),
        ("enumerate(PCS)", True),
        ("each(ra.prefixes, _('none'))", True),
        ("sorted(unwanted(answers))", True),
        ("[lab.node(name) for name in PCS]", True),
        ("ADDRESSES.items()", True),
        ("ra.prefixes", False),
        ("found", False),
        ("[one for one in PCS if one in up]", False),
        ("()", False),
        ("sorted(found)", False),
    ],
)
def test_what_says_it(text: str, fine: bool) -> None:
    assert says(ast.parse(text, mode="eval").body) is fine


@pytest.mark.parametrize(
    "folder", sorted(content.find().exercises.glob("L*")), ids=lambda folder: folder.name
)
def test_the_loops_of_an_exercise_say_it(folder: Path) -> None:
    tree = ast.parse((folder / "checks.py").read_text(encoding="utf-8"))
    loops = [one for one in ast.walk(tree) if isinstance(one, ast.For) and not says(one.iter)]
    told = ", ".join(f"line {one.lineno}: for … in {ast.unparse(one.iter)}" for one in loops)
    assert len(loops) <= BEFORE.get(folder.name[:3], 0), told
