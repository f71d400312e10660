"""Unit files as administrators and packagers write them are understood as systemd does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.services import install, keys, quoting, unit_syntax, values
from ipv6lab.services.catalog import Catalog
from ipv6lab.services.definition import define
from ipv6lab.services.unit_names import UnitName, full_name
from ipv6lab.services.unmet import first_unmet


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    for directory in ("etc/systemd/system", "lib/systemd/system"):
        (tmp_path / directory).mkdir(parents=True)
    return Catalog(str(tmp_path))


def write(catalog: Catalog, path: str, text: str) -> None:
    file = Path(catalog.root + path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def link(catalog: Catalog, path: str, target: str) -> None:
    Path(catalog.root + path).symlink_to(target)


def test_an_empty_value_clears_the_list_before_it() -> None:
    text = "[Service]\nExecStart=/bin/a\nExecStart=\nExecStart=/bin/b\n"
    settings = unit_syntax.Settings(unit_syntax.parse(text).entries)
    assert settings.all("Service", "ExecStart") == ["/bin/b"]


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    for entry in unit_syntax.parse(text, "x").entries:
        assert entry.section


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]))))
def test_quoted_words_come_back(words: list[str]) -> None:
    line = " ".join('"' + w.replace("\\", "\\\\").replace('"', '\\"') + '"' for w in words)
    assert quoting.split(line) == words


@given(st.text())
def test_no_text_breaks_the_looser_reader(text: str) -> None:
    assert isinstance(quoting.split_loosely(text), list)


def test_an_open_quotation_is_refused() -> None:
    with pytest.raises(quoting.QuotingError):
        quoting.split('"never closed')


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["$NONE"], []),
        (["a$ARGS"], ["a$ARGS"]),
        (["${ARGS}"], ["-x 'two words'"]),
        (["$ARGS"], ["-x", "two words"]),
        (["$$ARGS"], ["$ARGS"]),
    ],
)
def test_variables_of_command_lines(words: list[str], expected: list[str]) -> None:
    assert quoting.expand(words, {"ARGS": "-x 'two words'"}) == expected


def test_specifiers() -> None:
    unit = UnitName.of("foo-bar@dev-eth0.service")
    text = quoting.specify("%n %N %p %i %I %j %t %S %%", unit.specifier)
    assert text == (
        "foo-bar@dev-eth0.service foo-bar@dev-eth0 foo-bar dev-eth0 dev/eth0 bar /run /var/lib %"
    )


@pytest.mark.parametrize("bad", ["", "5 parsecs", "x", "1,5", "-1"])
def test_no_time_span(bad: str) -> None:
    with pytest.raises(ValueError, match="no time span"):
        values.seconds(bad)


def test_the_administrators_file_hides_the_packages(catalog: Catalog) -> None:
    write(catalog, "/lib/systemd/system/a.service", "[Service]\nExecStart=/bin/old\n")
    write(catalog, "/etc/systemd/system/a.service", "[Service]\nExecStart=/bin/new\n")
    source = catalog.load("a")
    assert source.path == "/etc/systemd/system/a.service"
    assert define(source).commands["ExecStart"][0].path == "/bin/new"


def test_drop_ins_follow_the_file_by_name(catalog: Catalog) -> None:
    write(catalog, "/lib/systemd/system/a.service", "[Service]\nExecStart=/bin/a\nUser=one\n")
    write(catalog, "/etc/systemd/system/a.service.d/20-x.conf", "[Service]\nUser=three\n")
    write(catalog, "/lib/systemd/system/a.service.d/10-x.conf", "[Service]\nUser=two\n")
    definition = define(catalog.load("a"))
    assert definition.user == "three"
    assert [Path(path).name for path in definition.source.drop_ins] == ["10-x.conf", "20-x.conf"]


def test_a_template_serves_its_instances(catalog: Catalog) -> None:
    write(catalog, "/lib/systemd/system/d@.service", "[Service]\nExecStart=/bin/d -i %i\n")
    write(catalog, "/etc/systemd/system/d@eth0.service.d/x.conf", "[Service]\nNice=1\n")
    definition = define(catalog.load("d@eth0"))
    assert definition.commands["ExecStart"][0].words == ("/bin/d", "-i", "eth0")
    assert definition.nice == 1
    assert define(catalog.load("d@eth1")).nice is None


def test_links_and_aliases_lead_to_the_unit(catalog: Catalog) -> None:
    text = "[Service]\nExecStart=/bin/x\n[Install]\nAlias=bind9.service\n"
    write(catalog, "/lib/systemd/system/named.service", text)
    assert catalog.load("bind9").name.full == "named.service"
    link(catalog, "/etc/systemd/system/dns.service", "/lib/systemd/system/named.service")
    assert catalog.load("dns").name.full == "named.service"
    link(catalog, "/etc/systemd/system/ring.service", "ring2.service")
    link(catalog, "/etc/systemd/system/ring2.service", "ring.service")
    assert not catalog.load("ring").exists


def test_enable_and_disable_leave_no_trace(catalog: Catalog) -> None:
    install_section = "[Install]\nWantedBy=multi-user.target\nAlias=b.service\n"
    write(
        catalog, "/lib/systemd/system/a.service", "[Service]\nExecStart=/bin/a\n" + install_section
    )
    assert install.enablement(catalog, catalog.load("a")) == "disabled"
    lines = install.enable(catalog, ["a"])
    assert lines[0] == (
        "Created symlink /etc/systemd/system/multi-user.target.wants/a.service "
        "→ /lib/systemd/system/a.service."
    )
    assert catalog.pulled_in_by_targets() == ["a.service"]
    assert install.enablement(catalog, catalog.load("b")) == "enabled"
    assert len(install.disable(catalog, ["a"])) == 2
    assert install.enablement(catalog, catalog.load("a")) == "disabled"
    assert catalog.pulled_in_by_targets() == []


def test_a_unit_without_install_section_is_static(catalog: Catalog) -> None:
    write(catalog, "/lib/systemd/system/a.service", "[Service]\nExecStart=/bin/a\n")
    assert install.enablement(catalog, catalog.load("a")) == "static"
    assert "not meant to be enabled" in install.enable(catalog, ["a"])[0]


def test_mask_and_unmask(catalog: Catalog) -> None:
    write(catalog, "/lib/systemd/system/a.service", "[Service]\nExecStart=/bin/a\n")
    install.mask(catalog, ["a"])
    assert catalog.load("a").masked
    with pytest.raises(install.InstallError, match="masked"):
        install.enable(catalog, ["a"])
    install.unmask(catalog, ["a"])
    assert catalog.load("a").path == "/lib/systemd/system/a.service"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b.service", "", "@x.service", ".service"])
def test_names_lead_nowhere_else(catalog: Catalog, name: str) -> None:
    assert not catalog.load(full_name(name)).exists


def test_what_is_wrong_is_told_with_its_line(catalog: Catalog) -> None:
    write(
        catalog,
        "/lib/systemd/system/a.service",
        "[Service]\nExecStart=/bin/a\nExecStrat=/bin/b\nType=simpel\nKillSignal=SIGFOO\n",
    )
    definition = define(catalog.load("a"))
    assert definition.problems == [
        "/lib/systemd/system/a.service:3: Unknown key name 'ExecStrat' in section 'Service', "
        "ignoring.",
        "a.service: Failed to parse Type=, ignoring: simpel",
        "a.service: Failed to parse KillSignal=, ignoring: SIGFOO",
    ]
    assert definition.type == "simple"


def test_a_service_without_a_command_is_refused(catalog: Catalog) -> None:
    write(catalog, "/lib/systemd/system/a.service", "[Service]\nType=simple\n")
    assert "no ExecStart=" in str(define(catalog.load("a")).refused)


def test_conditions(catalog: Catalog, tmp_path: Path) -> None:
    write(
        catalog,
        "/lib/systemd/system/a.service",
        f"[Unit]\nConditionPathExists={tmp_path}\nConditionPathExists=!{tmp_path}/no\n"
        f"ConditionPathExists=|{tmp_path}/x\nConditionPathIsDirectory=|{tmp_path}\n"
        "[Service]\nExecStart=/bin/a\n",
    )
    definition = define(catalog.load("a"))
    assert first_unmet(definition.conditions) is None
    (tmp_path / "no").touch()
    unmet = first_unmet(definition.conditions)
    assert unmet is not None
    assert unmet.text == f"ConditionPathExists=!{tmp_path}/no"


def test_a_key_is_understood_or_left_aside_not_both() -> None:
    for section in keys.UNDERSTOOD:
        assert not keys.UNDERSTOOD[section] & keys.LEFT_ASIDE[section]
