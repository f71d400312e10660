"""Filters on system calls (seccomp(2)), written as the kernel's classic BPF."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ipv6lab.linux.syscalls import CLONE_NEWUSER

# include/uapi/linux/audit.h, and the numbers of arch/x86/entry/syscalls and of asm-generic.
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NUMBERS: Mapping[str, Mapping[str, int]] = {
    "x86_64": {
        "socket": 41,
        "socketpair": 53,
        "clone": 56,
        "syslog": 103,
        "capset": 126,
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "unshare": 272,
        "perf_event_open": 298,
        "seccomp": 317,
        "bpf": 321,
        "userfaultfd": 323,
    },
    "aarch64": {
        "socket": 198,
        "socketpair": 199,
        "clone": 220,
        "syslog": 116,
        "capset": 91,
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "unshare": 97,
        "perf_event_open": 241,
        "seccomp": 277,
        "bpf": 280,
        "userfaultfd": 282,
    },
}
# From here on the same on every architecture.
SHARED = {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "clone3": 435}
X32 = 0x4000_0000  # the bit of calls by the x32 ABI, which has numbers of its own

_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # in struct seccomp_data
_ALLOW, _ERRNO = 0x7FFF_0000, 0x0005_0000
_SET_MODE_FILTER = 1


@dataclass(frozen=True)
class Rule:
    """A system call that gets ``answer`` (an errno, or 0: it succeeds and does nothing).

    With ``unless`` a first argument of one of these values lets it through, with ``bits`` one that
    has none of these.
    """

    call: str
    answer: int
    unless: tuple[int, ...] = ()
    bits: int = 0


class Filter:
    """Rules as the kernel takes them; made once, since `install` runs between fork and exec."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        machine = platform.machine()
        self._numbers = {**NUMBERS[machine], **SHARED}
        program = [
            # Calls by another ABI of the machine (32 bits) have other numbers.
            _instruction(_LOAD, _ARCHITECTURE),
            _instruction(_EQUAL, ARCHITECTURES[machine], 1, 0),
            _refuse(errno.ENOSYS),
            _instruction(_LOAD, _NUMBER),
        ]
        if machine == "x86_64":
            program += [_instruction(_AT_LEAST, X32, 0, 1), _refuse(errno.ENOSYS)]
        for rule in rules:
            program += self._lines(rule)
        program.append(_instruction(_RETURN, _ALLOW))
        code = b"".join(program)
        self._code = ctypes.create_string_buffer(code, len(code))
        # struct sock_fprog, with the gap before its pointer
        head = struct.pack("@HP", len(program), ctypes.addressof(self._code))
        self._program = ctypes.create_string_buffer(head, len(head))
        self._libc = ctypes.CDLL(None, use_errno=True)

    def _lines(self, rule: Rule) -> list[bytes]:
        number = self._numbers[rule.call]
        if not rule.unless and not rule.bits:
            return [_instruction(_EQUAL, number, 0, 1), _refuse(rule.answer)]
        tests = [_instruction(_ANY_OF, rule.bits, 0, 1)] if rule.bits else []
        for at, value in enumerate(rule.unless):
            tests.append(_instruction(_EQUAL, value, len(rule.unless) - at, 0))
        body = [
            _instruction(_LOAD, _FIRST_ARGUMENT),
            *tests,
            _refuse(rule.answer),
            _instruction(_LOAD, _NUMBER),
        ]
        return [_instruction(_EQUAL, number, 0, len(body)), *body]

    def install(self) -> None:
        """Bind the calling thread and all that comes of it, for good.

        Needs CAP_SYS_ADMIN in the thread's user namespace, or no_new_privs. Raises OSError.
        """
        if self._libc.syscall(self._numbers["seccomp"], _SET_MODE_FILTER, 0, self._program) < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"seccomp: {os.strerror(number)}")


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _refuse(number: int) -> bytes:
    return _instruction(_RETURN, _ERRNO | number)


NO_USER_NAMESPACES = (
    Rule("clone", errno.EPERM, bits=CLONE_NEWUSER),
    Rule("unshare", errno.EPERM, bits=CLONE_NEWUSER),
    Rule("clone3", errno.ENOSYS),  # its flags are out of a filter's sight; libraries take clone
)
