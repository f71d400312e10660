"""The run of mmdebstrap: its stream, its failures, its end; with a stand-in for the program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from ipv6lab.image import bootstrap as bootstrap_module
from ipv6lab.image.bootstrap import bootstrap, clear, workplace
from ipv6lab.image.recipe import SUITE
from ipv6lab.image.split import split
from ipv6lab.words.errors import LabError


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An executable found as mmdebstrap; the test writes what it does."""
    program = tmp_path / "bin/mmdebstrap"
    program.parent.mkdir()
    program.touch()
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return program


def run(tmp_path: Path, heard: list[str]) -> Path:
    """Bootstrap and split, as the builder does; returns the shared layer."""
    with (
        (tmp_path / "lock").open("w") as lock,
        bootstrap(
            {"one.deb": Path("/etc/hostname")},
            "Package: one\n",
            ["one"],
            ("path-exclude=/usr/share/doc/*",),
            tmp_path,
            tmp_path / "log",
            heard.append,
            lock.fileno(),
        ) as stream,
    ):
        split(stream, tmp_path / "root", tmp_path / "skeleton.tar")
    return tmp_path / "root"


def test_the_tree_comes_as_a_stream_and_the_words_are_heard(stand_in: Path, tmp_path: Path) -> None:
    stand_in.write_text(
        "#!/bin/sh\n"
        "echo 'Unpacking one (1.0) ...' >&2\n"
        f"mkdir -p {tmp_path}/tree/usr; echo data >{tmp_path}/tree/usr/file\n"
        f"tar -C {tmp_path}/tree -cf - --owner=0 --group=0 .\n"
    )
    heard: list[str] = []
    assert (run(tmp_path, heard) / "usr/file").read_text() == "data\n"
    assert heard == ["Unpacking one (1.0) ..."]


def test_the_archive_it_is_given_offers_the_chosen_packages_only(
    stand_in: Path, tmp_path: Path
) -> None:
    script = tmp_path / "fetch.py"
    script.write_text(
        textwrap.dedent(
            """\
            import sys, urllib.error, urllib.request
            archive = sys.argv[-1].split()[2]
            open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
            print(open(archive + "Packages").read(), file=sys.stderr)
            print(len(open(archive + "./one.deb").read()), file=sys.stderr)
            try:
                open(archive + "../etc/passwd")
            except urllib.error.HTTPError as error:
                print(error.code, file=sys.stderr)
            sys.exit("E: that is all")
            """
        )
    )
    # Not as the script's own interpreter: its path may have spaces.
    stand_in.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    heard: list[str] = []
    with pytest.raises(LabError, match="that is all"):
        run(tmp_path, heard)
    assert heard[:3] == ["b'Package: one\\n'", str(os.stat("/etc/hostname").st_size), "404"]


def test_a_failure_is_told_in_its_own_words_with_the_log(stand_in: Path, tmp_path: Path) -> None:
    stand_in.write_text("#!/bin/sh\necho 'E: no space left' >&2\nexit 25\n")
    with pytest.raises(LabError, match=r"could not be built: no space left \(all of it in .*log\)"):
        run(tmp_path, [])


def test_whatever_ends_the_builder_ends_mmdebstrap(stand_in: Path, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    never = tmp_path / "never"
    os.mkfifo(never)
    stand_in.write_text(
        f"#!/bin/sh\necho $$ >{pid_file}.new\nmv {pid_file}.new {pid_file}\ncat {never}\n"
    )
    program = (
        "from pathlib import Path\n"
        "from ipv6lab.image.bootstrap import bootstrap\n"
        f"here = Path({str(tmp_path)!r})\n"
        "with open(here / 'lock', 'w') as lock, bootstrap(\n"
        "    {}, '', [], (), here, here / 'log', print, lock.fileno()\n"
        ") as stream:\n"
        "    stream.read()\n"
    )
    builder = subprocess.Popen([sys.executable, "-c", program])
    deadline = time.monotonic() + 20
    while not pid_file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    builder.kill()
    builder.wait()
    while alive(int(pid_file.read_text())):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process runs (one that nobody has reaped yet does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_a_killed_build_left_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    store = tmp_path / "store"
    store.mkdir()
    left = tmp_path / "ipv6lab-image-left"
    (left / "mmdebstrap.x/usr").mkdir(parents=True)
    (left / "mmdebstrap.x/usr/file").touch()
    (store / bootstrap_module.WORKPLACE_NOTE).write_text(f"{left}\n")
    with workplace(store) as place:
        assert not left.exists()
        assert place.is_dir()
    assert not place.exists()
    assert list(store.iterdir()) == []


def test_only_a_workplace_is_ever_removed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (tmp_path / bootstrap_module.WORKPLACE_NOTE).write_text(f"{precious}\n")
    clear(tmp_path)
    assert precious.is_dir()


@pytest.mark.skipif(not shutil.which("apt-get"), reason="apt is not installed")
def test_the_archive_has_a_release_that_tools_can_choose_it_by(tmp_path: Path) -> None:
    """mmdebstrap from 1.5.1 on takes what has the wanted codename, and nothing without one."""
    index = "Package: one\nVersion: 1\nArchitecture: all\nSize: 4\nFilename: ./one.deb\n"
    index += f"SHA256: {'0' * 64}\n"
    with bootstrap_module._serve({}, index) as port:
        (tmp_path / "lists/partial").mkdir(parents=True)
        (tmp_path / "status").touch()
        (tmp_path / "sources.list").write_text(f"deb [trusted=yes] http://127.0.0.1:{port}/ ./\n")
        settings = {
            "Dir::State": tmp_path,
            "Dir::State::status": tmp_path / "status",
            "Dir::State::lists": tmp_path / "lists",
            "Dir::Cache": tmp_path,
            "Dir::Etc::sourcelist": tmp_path / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "APT::Sandbox::User": "",
            "Acquire::http::Proxy::127.0.0.1": "DIRECT",
            "Acquire::Languages": "none",
        }
        options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        strict = ("-o", "APT::Update::Error-Mode=any")
        subprocess.run(["apt-get", *options, *strict, "update"], check=True, capture_output=True)
        asked = ["apt-get", *options, "indextargets", "--format", "$(CODENAME) $(FILENAME)"]
        told = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
        packages = ["apt-cache", *options, "dumpavail"]
        found = subprocess.run(packages, check=True, capture_output=True, text=True).stdout
    assert told.split()[0] == SUITE
    assert "Package: one\n" in found
