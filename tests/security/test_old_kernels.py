"""On Linux before 6.3 a node's files with owners are copied instead of shown with its ids."""

from __future__ import annotations

from ipv6lab.sandbox import HOST
from tests.kernel.inside import output

SCRIPT = r"""
cat > /run/agent/try.py <<'EOF'
import errno, os, sys
sys.path.insert(0, "/run/agent/engine.zip")
from ipv6lab.linux import syscalls
from ipv6lab.linux.ids import Block
from ipv6lab.nodes import init
from ipv6lab.nodes.space import Space

def refuse(*_words):
    raise OSError(errno.EINVAL, "as before Linux 6.3")

syscalls.clone_mount = refuse
os.makedirs("/lower/engine/etc", exist_ok=True)
init.warm()
space = Space.create("a", Block(3))
pid, link = init.start(space, "/nodes/1")
for path in ("etc/shadow", "usr/bin/sudo", "var/mail"):
    found = os.lstat(f"/proc/{pid}/root/{path}")
    print(path, found.st_uid - Block(3).root, found.st_gid - Block(3).root, oct(found.st_mode))
EOF
python3 /run/agent/try.py
"""


def test_it_has_the_same_owners_and_modes() -> None:
    said = output(HOST, SCRIPT)
    assert "etc/shadow 0 42 0o100640" in said, said
    assert "usr/bin/sudo 0 0 0o104755" in said, said
    assert "Error" not in said, said
