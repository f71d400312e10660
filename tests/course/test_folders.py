"""Configuration folders: what is read, what is refused, and that a submission is literal."""

from __future__ import annotations

import base64
import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipv6lab.course import content, draws, exercises, folders, topologies
from ipv6lab.course.folders import Commands, Configuration, File
from ipv6lab.course.plan import addressing_plan
from ipv6lab.words import lots
from ipv6lab.words.errors import LabError

COURSE = content.find()
PLAN = addressing_plan(COURSE, 7)
NODES = ["hq-core", "pc1", "pc2", "app"]
TRAINEE = ("hq-core", "pc1", "pc2")


def put(folder: Path, path: str, text: str = "x\n", mode: int = 0o644) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def refused(folder: Path) -> str:
    with pytest.raises(LabError) as caught:
        folders.read(folder, NODES, TRAINEE)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".") or sentence.endswith("?")
    return sentence


@pytest.mark.parametrize("exercise", exercises.load_all(COURSE), ids=lambda exercise: exercise.id)
def test_every_folder_of_the_course_is_read(exercise: exercises.Exercise) -> None:
    own = [*COURSE.solutions.glob(f"{exercise.id}/reference")]
    own += COURSE.solutions.glob(f"{exercise.id}/alternatives/*")
    own += COURSE.solutions.glob(f"{exercise.id}/wrong/*")
    assert len(own) >= 8
    everyone = topologies.nodes(topologies.load(COURSE, exercise), exercise)
    asked = exercise.questions
    plan = PLAN | draws.drawn(exercise, 7, PLAN)
    plan |= lots.secrets_of(draws.patterns(exercise, plan), draws.bits(exercise.id, 7))
    assert folders.read(exercise.start, everyone, None, plan, asked).commands
    for folder in own:
        taken = folders.read(folder, everyone, exercise.nodes, plan, asked)
        assert not any(b"{{" in file.content for file in taken.files)
        assert COURSE.owns(folder)
        assert (folder / folders.EXPECTATION).exists() == (folder.parent.name == "wrong")


def test_what_was_read_is_what_was_put_there(tmp_path: Path) -> None:
    put(tmp_path, "pc1/commands.sh", "ip link\n")
    put(tmp_path, "hq-core/etc/radvd.conf", "interface staff { };\n", 0o600)
    put(tmp_path, "hq-core/usr/local/bin/tool", "#!/bin/sh\n", 0o700)
    put(tmp_path, "hq-core/commands.sh", "systemctl start radvd\n")
    taken = folders.read(tmp_path, NODES, TRAINEE)
    assert taken == Configuration(
        (
            File("hq-core", "etc/radvd.conf", 0o644, b"interface staff { };\n"),
            File("hq-core", "usr/local/bin/tool", 0o755, b"#!/bin/sh\n"),
        ),
        (Commands("hq-core", "systemctl start radvd\n"), Commands("pc1", "ip link\n")),
    )
    request = taken.to_request()
    assert base64.b64decode(request["files"][0]["content"]) == b"interface staff { };\n"
    assert [item["node"] for item in request["commands"]] == ["hq-core", "pc1"]


TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9._ -]{0,20}", fullmatch=True).filter(
    lambda name: name not in ("commands.sh", *folders.KERNEL_TREES)
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(TRAINEE), NAMES),
        st.tuples(st.binary(max_size=200), st.sampled_from([0o644, 0o755])),
        min_size=1,
        max_size=5,
    ),
    st.dictionaries(
        st.sampled_from(TRAINEE),
        TEXTS.filter(
            lambda text: not ("\0" in text or "\r\n" in text or text.startswith("\ufeff"))
        ),
    ),
)
def test_what_is_written_is_read_back_byte_for_byte(
    files: dict[tuple[str, str], tuple[bytes, int]], scripts: dict[str, str]
) -> None:
    whole = Configuration(
        tuple(
            File(node, name, mode, body)
            for node in NODES
            for (of, name), (body, mode) in sorted(files.items())
            if of == node
        ),
        tuple(Commands(node, scripts[node]) for node in NODES if node in scripts),
    )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "bài làm" / "1"
        folders.write(folder, whole)
        assert folders.read(folder, NODES, TRAINEE) == whole


@pytest.mark.parametrize(
    "text", ["{{7*7}}", "${x}", "{{ staff.prefix }}", "$(reboot)", "{% raw %}", "%(x)s {0}"]
)
def test_a_submission_is_literal(tmp_path: Path, text: str) -> None:
    put(tmp_path, "hq-core/etc/radvd.conf", text)
    put(tmp_path, "hq-core/commands.sh", text)
    taken = folders.read(tmp_path, NODES, TRAINEE)
    assert taken.files[0].content == text.encode()
    assert taken.commands[0].script == text


def test_the_course_s_own_folders_look_names_up(tmp_path: Path) -> None:
    put(tmp_path, "hq-core/etc/radvd.conf", "prefix {{ staff.prefix }} {{{staff.length}} }\n")
    put(tmp_path, "hq-core/commands.sh", "ip addr add {{app.address}} dev srv\n")
    taken = folders.read(tmp_path, NODES, TRAINEE, PLAN)
    assert taken.files[0].content == b"prefix 2001:db8:1007:110::/64 {64 }\n"
    assert taken.commands[0].script == "ip addr add 2001:db8:1007:440::80 dev srv\n"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("staf.prefix", "the addressing plan has no staf.prefix; did you mean staff.prefix"),
        ("7*7", "the addressing plan has no 7*7."),
    ],
)
def test_an_unknown_name_is_named_with_its_file(tmp_path: Path, name: str, sentence: str) -> None:
    file = put(tmp_path, "hq-core/etc/radvd.conf", "{{ " + name + " }}")
    with pytest.raises(LabError) as caught:
        folders.read(tmp_path, NODES, TRAINEE, PLAN)
    assert str(file) in str(caught.value)
    assert sentence in str(caught.value)


def test_a_node_that_there_is_not(tmp_path: Path) -> None:
    put(tmp_path, "hqcore/commands.sh")
    assert "there is no node hqcore; did you mean hq-core?" in refused(tmp_path)


def test_a_node_like_none(tmp_path: Path) -> None:
    put(tmp_path, "zzz/commands.sh")
    assert "no node zzz; the nodes here are hq-core, pc1, pc2." in refused(tmp_path)


def test_a_node_that_is_not_the_trainee_s(tmp_path: Path) -> None:
    put(tmp_path, "app/commands.sh")
    assert "app is not yours to configure in this exercise" in refused(tmp_path)


def test_only_the_course_s_own_folders_hold_expectations(tmp_path: Path) -> None:
    put(tmp_path, "pc1/commands.sh")
    put(tmp_path, "expect.toml")
    assert "there is no node expect.toml" in refused(tmp_path)
    assert folders.read(tmp_path, NODES, TRAINEE, PLAN).commands


def test_links_are_never_followed(tmp_path: Path) -> None:
    put(tmp_path, "hq-core/etc/one")
    (tmp_path / "hq-core/etc/two").symlink_to("one")
    assert "two is a symbolic link; put the file itself there." in refused(tmp_path)


@pytest.mark.parametrize("target", ["/etc", "../..", "hq-core"])
def test_a_linked_node_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "hq-core").mkdir()
    (tmp_path / "pc1").symlink_to(target)
    assert "pc1 is a symbolic link" in refused(tmp_path)


def test_a_linked_directory_inside_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "hq-core/commands.sh")
    (tmp_path / "hq-core/etc").symlink_to("/etc")
    assert "etc is a symbolic link" in refused(tmp_path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "pc1").mkdir()
    os.mkfifo(tmp_path / "pc1" / "commands.sh")
    assert "is neither a file nor a folder" in refused(tmp_path)


def test_a_device_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pc1").mkdir()
    try:
        os.mknod(tmp_path / "pc1" / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root may make a device")
    assert "is neither a file nor a folder" in refused(tmp_path)


def test_a_file_in_a_node_s_place(tmp_path: Path) -> None:
    put(tmp_path, "pc1")
    assert "must be a folder with the files of that node" in refused(tmp_path)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    put(tmp_path, "pc1/commands.sh", mode=0)
    assert "commands.sh cannot be read: Permission denied." in refused(tmp_path)


@pytest.mark.parametrize("tree", folders.KERNEL_TREES)
def test_the_kernel_s_file_systems_hold_no_files(tmp_path: Path, tree: str) -> None:
    put(tmp_path, f"pc1/{tree}/net/forwarding", "1")
    assert f"/{tree} is the kernel's; set it in commands.sh." in refused(tmp_path)


def test_too_many_files(tmp_path: Path) -> None:
    for number in range(folders.MAX_ENTRIES):
        put(tmp_path, f"pc1/etc/{number}")
    assert "holds too much: at most 500 files and folders." in refused(tmp_path)


def test_a_file_too_large(tmp_path: Path) -> None:
    put(tmp_path, "pc1/etc/big", "x" * (folders.MAX_FILE + 1))
    assert "big is too large: at most 1024 KiB a file." in refused(tmp_path)


def test_all_files_together_too_large(tmp_path: Path) -> None:
    for number in range(9):
        put(tmp_path, f"pc1/etc/{number}", "x" * folders.MAX_FILE)
    assert "is too large: at most 8 MiB in all." in refused(tmp_path)


def test_folders_too_deep(tmp_path: Path) -> None:
    put(tmp_path, "pc1/" + "a/" * 40 + "b")
    assert "lies too deep: at most 32 folders" in refused(tmp_path)


def test_texts_from_other_editors(tmp_path: Path) -> None:
    """Our own files lose what Windows puts around lines; what is laid on a node loses nothing."""
    windows = b"\xef\xbb\xbfip a\r\nip r\r\n"
    put(tmp_path, "pc1/commands.sh").write_bytes(windows)
    put(tmp_path, "pc1/etc/notes").write_bytes(windows)
    put(tmp_path, "answers.toml").write_bytes(b'\xef\xbb\xbfkind = "a"\r\n')
    taken = folders.read(tmp_path, NODES, TRAINEE, questions=["kind"])
    assert taken.commands[0].script == "ip a\nip r\n"
    assert taken.files[0].content == windows
    assert taken.answers == {"kind": "a"}


def test_answers_in_a_file_of_another_name(tmp_path: Path) -> None:
    put(tmp_path, "Answers.toml", 'kind = "a"')
    assert "did you mean answers.toml?" in refused(tmp_path)


def test_commands_that_are_no_text(tmp_path: Path) -> None:
    put(tmp_path, "pc1/commands.sh").write_bytes(b"\xff\xfe")
    assert "commands.sh is not UTF-8 text." in refused(tmp_path)
    put(tmp_path, "pc1/commands.sh", "ip a\0")
    assert "commands.sh is not UTF-8 text." in refused(tmp_path)


@pytest.mark.parametrize("name", [b"a\nb", b"\xff", b"a\x1bb", b"a\\b"])
def test_names_that_are_no_text(tmp_path: Path, name: bytes) -> None:
    put(tmp_path, "pc1/commands.sh")
    os.close(os.open(os.fsencode(tmp_path / "pc1") + b"/" + name, os.O_CREAT | os.O_WRONLY))
    assert "holds a file whose name is not plain text" in refused(tmp_path)


def test_a_folder_that_there_is_not(tmp_path: Path) -> None:
    assert "There is no folder" in refused(tmp_path / "none")


def test_a_file_given_for_a_folder(tmp_path: Path) -> None:
    assert "is not a folder" in refused(put(tmp_path, "radvd.conf"))


@pytest.mark.parametrize("nodes", [[], ["pc1", "pc2"]])
def test_a_folder_that_configures_nothing(tmp_path: Path, nodes: list[str]) -> None:
    for node in nodes:
        (tmp_path / node).mkdir()
    assert "configures nothing: put files or commands.sh into a folder" in refused(tmp_path)


def test_what_was_written_before_is_kept(tmp_path: Path) -> None:
    kept = put(tmp_path, "pc1/commands.sh", "mine\n")
    with pytest.raises(LabError, match="is not empty; name a new folder"):
        folders.write(tmp_path, Configuration(commands=(Commands("pc1", "other\n"),)))
    assert kept.read_text() == "mine\n"


def test_somewhere_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"cannot be written: Not a directory\."):
        folders.write(put(tmp_path, "file") / "folder", Configuration())
