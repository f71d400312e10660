"""The recipe is read strictly, and its id changes exactly when the image would."""

from __future__ import annotations

import re

import pytest

from ipv6lab.image import recipe
from ipv6lab.words.errors import LabError


def test_the_recipe_of_the_course_is_complete() -> None:
    wanted = recipe.read()
    assert re.fullmatch("[0-9a-f]{16}", wanted.id)
    assert {"radvd", "dnsmasq", "frr", "bird2", "kea-dhcp6-server"} <= set(wanted.packages)
    assert set(wanted.packages) <= set(wanted.lock.packages), "run 'make image-lock'"
    assert len(set(wanted.packages)) == len(wanted.packages)


def test_the_id_knows_what_matters() -> None:
    base = recipe.identity("radvd\nbird2\n", "- /usr/share/doc/*\n", "")
    assert recipe.identity("# routing\nradvd\n\nbird2 # OSPF\n", "- /usr/share/doc/*", "") == base
    assert recipe.identity("radvd\n", "- /usr/share/doc/*\n", "") != base
    assert recipe.identity("radvd\nbird2\n", "", "- /usr/share/doc/*\n") != base


@pytest.mark.parametrize("line", ["radvd bird2", "--option", "Radvd", "radvd;reboot", "a"])
def test_a_line_that_names_no_package_is_refused(line: str) -> None:
    with pytest.raises(LabError, match=r"packages\.txt, line 2: '.+' is not the name"):
        recipe.package_names(f"# head\n{line}\n")


@pytest.mark.parametrize("line", ["/usr/share/doc", "- usr/share", "* /usr", "- /a /b"])
def test_a_line_that_trims_nothing_is_refused(line: str) -> None:
    with pytest.raises(LabError, match=r"trim\.txt, line 1: expected"):
        recipe.trim_options(line)
