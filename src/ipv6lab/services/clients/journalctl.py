#!/usr/bin/python3 -IS
"""journalctl on a node: reads the journal's files, follows it through the node's init."""

import _json  # the module json takes 20 ms to import, and most calls end within that
import _socket
import os
import sys
import time

if False:  # for type checkers; importing it takes longer than most calls
    from re import Pattern

SOCKET = "/run/systemd/private"
FILES = ("/var/log/journal.jsonl.1", "/var/log/journal.jsonl")
LEVELS = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
OUTPUTS = ("short", "short-iso", "short-precise", "short-full", "short-unix", "cat", "json",
           "json-pretty", "verbose")  # fmt: skip
SUFFIXES = ("service", "target", "socket", "timer", "mount", "path", "slice", "scope", "device")
HELP = """journalctl [OPTIONS...] [FIELD=VALUE...]

  -u, --unit=UNIT        what this unit said, and what was said about it (* and ? match)
  -t, --identifier=NAME  what programs of this name said
  -p, --priority=LEVEL   only this level and worse (0-7, emerg ... debug, or FROM..TO)
  -g, --grep=PATTERN     only messages that match
  -n, --lines[=N]        the last N entries (10)
  -e, --pager-end        the last 1000, and begin at the end
  -f, --follow           go on with what comes
  -r, --reverse          newest first
  -S, --since=TIME       -U, --until=TIME: "2026-11-23 10:00:00", "10:00", "-5min", "today"
  -b, --boot[=N]         this life of the node (0), or the one before (-1)
      --list-boots       the lives of the node
  -o, --output=FORMAT    short, short-iso, short-precise, cat, json, json-pretty, verbose
      --no-pager  -q, --quiet  -a, --all  -x, --catalog
"""


class Usage(Exception):
    """Said to the user as it stands."""


class Options:
    def __init__(self) -> None:
        self.units: list[str] = []
        self.identifiers: list[str] = []
        self.fields: list[tuple[str, str]] = []
        self.low, self.high = 0, 7
        self.pattern = ""
        self.lines: int | None = None
        self.end = self.follow = self.reverse = self.quiet = self.pager = False
        self.list_boots = self.kernel = self.all_lines = False
        self.since: float | None = None
        self.until: float | None = None
        self.boot: str | None = None
        self.output = "short"


# option -> (short, takes a value: "no", "must", "may")
NAMES = {
    "unit": ("u", "must"), "identifier": ("t", "must"), "priority": ("p", "must"),
    "grep": ("g", "must"), "lines": ("n", "may"), "pager-end": ("e", "no"),
    "follow": ("f", "no"), "reverse": ("r", "no"), "since": ("S", "must"),
    "until": ("U", "must"), "boot": ("b", "may"), "list-boots": ("", "no"),
    "output": ("o", "must"), "no-pager": ("", "no"), "quiet": ("q", "no"), "all": ("a", "no"),
    "catalog": ("x", "no"), "dmesg": ("k", "no"), "full": ("l", "no"), "no-full": ("", "no"),
    "no-hostname": ("", "no"), "utc": ("", "no"), "system": ("", "no"), "help": ("h", "no"),
    "no-tail": ("", "no"), "merge": ("m", "no"), "disk-usage": ("", "no"),
}  # fmt: skip
SHORT = {short: name for name, (short, _) in NAMES.items() if short}


def parse(arguments: list[str]) -> Options:
    options = Options()
    options.pager = True
    pending = list(arguments)
    while pending:
        word = pending.pop(0)
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word[2:].partition("=")
            if name not in NAMES:
                raise Usage(f"journalctl: unrecognized option '--{name}'")
            kind = NAMES[name][1]
            if kind == "must" and not equals:
                if not pending:
                    raise Usage(f"journalctl: option '--{name}' requires an argument")
                value = pending.pop(0)
            elif kind == "may" and not equals and pending and _is_number(pending[0]):
                value = pending.pop(0)
            apply(options, name, value)
        elif word.startswith("-") and len(word) > 1:
            letters = word[1:]
            while letters:
                letter, letters = letters[0], letters[1:]
                if letter not in SHORT:
                    raise Usage(f"journalctl: invalid option -- '{letter}'")
                name, value = SHORT[letter], ""
                kind = NAMES[name][1]
                if kind == "must":
                    if not letters and not pending:
                        raise Usage(f"journalctl: option requires an argument -- '{letter}'")
                    value, letters = letters or pending.pop(0), ""
                elif kind == "may":
                    if letters and _is_number(letters):
                        value, letters = letters, ""
                    elif not letters and pending and _is_number(pending[0]):
                        value = pending.pop(0)
                apply(options, name, value)
        elif "=" in word:
            field, _, value = word.partition("=")
            options.fields.append((field, value))
        else:
            raise Usage(f"Failed to add match '{word}': Invalid argument")
    return options


def _is_number(text: str) -> bool:
    return text == "all" or text.lstrip("+-").isdigit()


def apply(options: Options, name: str, value: str) -> None:
    if name == "unit":
        known = value.rpartition(".")[2] in SUFFIXES and "." in value
        options.units.append(value if known else value + ".service")
    elif name == "identifier":
        options.identifiers.append(value)
    elif name == "priority":
        low, dots, high = value.partition("..")
        options.low, options.high = (level(low), level(high)) if dots else (0, level(value))
    elif name == "grep":
        options.pattern = value
    elif name == "lines":
        options.lines = None if value == "all" else abs(int(value or "10"))
        options.all_lines = value == "all"
    elif name in ("since", "until"):
        setattr(options, name, moment(value))
    elif name == "boot":
        options.boot = value or "0"
    elif name == "output":
        if value not in OUTPUTS:
            raise Usage(f"Unknown output format '{value}'.")
        options.output = value
    elif name == "no-pager":
        options.pager = False
    elif name == "pager-end":
        options.end = True
    elif name == "dmesg":
        options.kernel = True
    elif name == "help":
        sys.stdout.write(HELP)
        sys.stdout.flush()
        os._exit(0)
    elif name in ("follow", "reverse", "quiet"):
        setattr(options, name, True)
    elif name == "list-boots":
        options.list_boots = True


def level(text: str) -> int:
    names = {"error": 3, "warn": 4, "panic": 0}
    if text in LEVELS:
        return LEVELS.index(text)
    if text in names:
        return names[text]
    if text.isdigit() and int(text) < 8:
        return int(text)
    raise Usage(f"Unknown log level {text}")


def moment(text: str) -> float:
    """A point in time as systemd.time(7) writes it, in seconds since 1970."""
    import re

    now = time.time()
    today = time.localtime(now)
    midnight = time.mktime((*today[:3], 0, 0, 0, 0, 0, -1))
    text = text.strip()
    if text in ("now", "today", "yesterday"):
        return {"now": now, "today": midnight, "yesterday": midnight - 86400}[text]
    if text.startswith("@"):
        return float(text[1:])
    ago = re.fullmatch(r"[-+]?((?:\s*\d+\s*[a-z]+)+)(\s+ago)?", text)
    if ago and (text[0] in "+-" or ago[2]):
        units = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
        span = 0.0
        for number, unit in re.findall(r"(\d+)\s*([a-z]+)", ago[1]):
            factor = units.get(unit[0])
            if factor is None:
                raise Usage(f"Failed to parse timestamp: {text}")
            span += int(number) * (0.001 if unit.startswith("ms") else factor)
        return now + span if text[0] == "+" else now - span
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"):
        try:
            return time.mktime(time.strptime(text, form))
        except ValueError:
            continue
    for form in ("%H:%M:%S", "%H:%M"):
        try:
            clock = time.strptime(text, form)
        except ValueError:
            continue
        return midnight + clock.tm_hour * 3600 + clock.tm_min * 60 + clock.tm_sec
    raise Usage(f"Failed to parse timestamp: {text}")


class Filter:
    """Decides which entries are shown."""

    def __init__(self, options: Options, boot: str | None) -> None:
        self.options = options
        self.boot = boot
        self.grep: Pattern[str] | None = None
        self.plain = {unit for unit in options.units if not any(c in unit for c in "*?[")}
        patterns = [unit for unit in options.units if unit not in self.plain]
        self.globs: list[Pattern[str]] = []
        if not (options.pattern or patterns):
            return
        import fnmatch
        import re

        self.globs = [re.compile(fnmatch.translate(pattern)) for pattern in patterns]
        if options.pattern:
            ignore = re.IGNORECASE if options.pattern.islower() else 0
            try:
                self.grep = re.compile(options.pattern, ignore)
            except re.error as error:
                raise Usage(f'Bad pattern "{options.pattern}": {error}') from None

    def takes(self, entry: dict[str, str]) -> bool:
        options = self.options
        if self.boot is not None and entry.get("_BOOT_ID") != self.boot:
            return False
        if options.units:
            names = {entry.get("_SYSTEMD_UNIT", ""), entry.get("UNIT", "")}
            matched = any(glob.match(name) for glob in self.globs for name in names)
            if not names & self.plain and not matched:
                return False
        if options.identifiers and entry.get("SYSLOG_IDENTIFIER") not in options.identifiers:
            return False
        if not options.low <= int(entry.get("PRIORITY", "6")) <= options.high:
            return False
        when = int(entry["__REALTIME_TIMESTAMP"]) / 1e6
        if options.since is not None and when < options.since:
            return False
        if options.until is not None and when > options.until:
            return False
        if self.grep and not self.grep.search(entry.get("MESSAGE", "")):
            return False
        return all(entry.get(field) == value for field, value in options.fields)


class Decoding:
    """What `_json` wants to know; the journal's values are all strings."""

    strict = False
    object_hook = object_pairs_hook = None
    parse_float, parse_int, parse_constant = float, int, float
    memo: "dict[str, str]" = {}  # noqa: RUF012


decode = _json.make_scanner(Decoding())  # type: ignore[arg-type]


def load(line: bytes) -> "dict[str, str] | None":
    try:
        entry: dict[str, str] = decode(line.decode("utf-8", "replace"), 0)[0]
        int(entry["__REALTIME_TIMESTAMP"])
    except (ValueError, KeyError, TypeError, StopIteration):
        return None  # a line that a full disk cut short
    return entry


def lines() -> "list[bytes]":
    """Every stored line, oldest first. Raises PermissionError."""
    found: list[bytes] = []
    for path in FILES:
        try:
            with open(path, "rb") as file:
                found += file.read().splitlines()
        except FileNotFoundError:
            continue
    return found


def boots(stored: "list[bytes]") -> list[tuple[str, int, int]]:
    """(boot id, first and last time in microseconds) of each life of the node, oldest first."""
    found: dict[str, tuple[int, int]] = {}
    for line in stored:
        entry = load(line)
        if entry:
            when = int(entry["__REALTIME_TIMESTAMP"])
            first, _ = found.get(entry.get("_BOOT_ID", ""), (when, when))
            found[entry.get("_BOOT_ID", "")] = first, when
    return [(boot, first, last) for boot, (first, last) in found.items()]


def pick_boot(wanted: str, stored: "list[bytes]") -> str:
    if len(wanted) == 32:
        return wanted
    if wanted == "all":
        return ""
    known = [boot for boot, _, _ in boots(stored)]
    offset = int(wanted)
    index = offset - 1 if offset > 0 else len(known) - 1 + offset
    if not 0 <= index < len(known):
        raise Usage(f"Data from the specified boot ({wanted}) is not available.")
    return known[index]


COLOURS = {0: "\x1b[0;1;31m", 1: "\x1b[0;1;31m", 2: "\x1b[0;1;31m", 3: "\x1b[0;1;31m",
           4: "\x1b[0;1;33m", 5: "\x1b[0;1;39m"}  # fmt: skip


def render(entry: dict[str, str], output: str, colour: bool, host: str) -> str:
    message = entry.get("MESSAGE", "")
    if output == "cat":
        return message
    if output.startswith("json"):
        import json

        if output == "json":
            return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        return json.dumps(entry, ensure_ascii=False, indent=8)
    micros = int(entry["__REALTIME_TIMESTAMP"])
    local = time.localtime(micros / 1e6)
    if output == "verbose":
        head = time.strftime(f"%a %Y-%m-%d %H:%M:%S.{micros % 1000000:06d} %Z", local)
        return "\n".join([head, *(f"    {key}={value}" for key, value in sorted(entry.items()))])
    stamp = {
        "short-iso": lambda: time.strftime("%Y-%m-%dT%H:%M:%S%z", local),
        "short-precise": lambda: time.strftime(f"%b %d %H:%M:%S.{micros % 1000000:06d}", local),
        "short-full": lambda: time.strftime("%a %Y-%m-%d %H:%M:%S %Z", local),
        "short-unix": lambda: f"{micros / 1e6:.6f}",
    }.get(output, lambda: time.strftime("%b %d %H:%M:%S", local))()
    head = f"{stamp} {host} {entry.get('SYSLOG_IDENTIFIER', '?')}[{entry.get('_PID', '?')}]: "
    message = message.replace("\n", "\n" + " " * len(head))
    code = COLOURS.get(int(entry.get("PRIORITY", "6"))) if colour else None
    return head + (f"{code}{message}\x1b[0m" if code else message)


def select(stored: "list[bytes]", wanted: Filter, count: int | None) -> "list[dict[str, str]]":
    """The entries that are shown, oldest first; read from the end when only some are asked for."""
    found: list[dict[str, str]] = []
    for line in reversed(stored):
        if (
            wanted.plain
            and not wanted.globs
            and not any(b'UNIT":"' + unit.encode() + b'"' in line for unit in wanted.plain)
        ):
            continue  # decided without decoding
        entry = load(line)
        if entry is not None and wanted.takes(entry):
            found.append(entry)
            if count is not None and len(found) >= count:
                break
    return found[::-1]


def follow() -> _socket.socket:
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    connection.connect(SOCKET)
    request = b"follow\0\0" + b"80"
    connection.sendall(len(request).to_bytes(4, "big") + request)
    return connection


class Frames:
    """Cuts the answer of the init into frames."""

    def __init__(self, connection: _socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def next(self) -> tuple[bytes, bytes]:
        """Raises EOFError."""
        while True:
            if len(self._buffer) >= 5:
                end = 5 + int.from_bytes(self._buffer[1:5], "big")
                if len(self._buffer) >= end:
                    frame = self._buffer[:1], self._buffer[5:end]
                    self._buffer = self._buffer[end:]
                    return frame
            part = self._connection.recv(65536)
            if not part:
                raise EOFError
            self._buffer += part


def write(text: str, fd: int = 1) -> None:
    data = text.encode("utf-8", "surrogateescape")
    while data:
        data = data[os.write(fd, data) :]


def page(text: str, end: bool) -> None:
    """Show a text in `less`."""
    reader, writer = os.pipe()
    environment = {**os.environ, "LESS": "FRSXMK" + ("+G" if end else ""), "LESSCHARSET": "utf-8"}
    child = os.fork()
    if not child:
        os.dup2(reader, 0)
        os.close(writer)
        os.close(reader)
        try:
            os.execvpe("less", ["less"], environment)
        finally:
            os.execvp("cat", ["cat"])
    os.close(reader)
    try:
        data = text.encode("utf-8", "surrogateescape")
        while data:
            data = data[os.write(writer, data) :]
    except BrokenPipeError:
        pass
    os.close(writer)
    os.waitpid(child, 0)


def show_boots(stored: "list[bytes]") -> None:
    known = boots(stored)
    for number, (boot, first, last) in enumerate(known):
        span = [
            time.strftime("%a %Y-%m-%d %H:%M:%S %Z", time.localtime(t / 1e6)) for t in (first, last)
        ]
        write(f"{number - len(known) + 1:3d} {boot} {span[0]}—{span[1]}\n")


def main() -> int:
    options = parse(sys.argv[1:])
    stream = Frames(follow()) if options.follow else None
    if stream:
        kind, payload = stream.next()
        if kind == b"e":
            write(payload.decode("utf-8", "replace"), 2)
            return 1
    try:
        stored = lines()
    except PermissionError:
        write("No journal files were opened due to insufficient permissions.\n", 2)
        return 1
    if options.list_boots:
        show_boots(stored)
        return 0
    boot = pick_boot(options.boot, stored) or None if options.boot else None
    wanted = Filter(options, boot)
    count = options.lines
    if count is None and not options.all_lines:
        count = 10 if options.follow else 1000 if options.end else None
    entries = [] if options.kernel else select(stored, wanted, count)
    if options.reverse:
        entries.reverse()
    terminal = os.isatty(1)
    colour = terminal and "NO_COLOR" not in os.environ
    host = os.uname().nodename
    text = "".join(render(entry, options.output, colour, host) + "\n" for entry in entries)
    if not entries and not stream and not options.quiet:
        write("-- No entries --\n")
        return 1 if options.pattern else 0
    # a terminal without a size has nobody in front of it who could leave the pager
    rows = os.get_terminal_size(1).lines if terminal else 0
    if 0 < rows <= text.count("\n") and options.pager and not stream:
        page(text, options.end)
        return 0
    write(text)
    if not stream:
        return 0
    last = max((int(entry.get("__SEQUENCE", "0")) for entry in entries), default=0)
    current = entries[-1].get("_BOOT_ID") if entries else None
    while True:
        _kind, payload = stream.next()
        for line in payload.splitlines():
            entry = load(line)
            if entry is None or not wanted.takes(entry):
                continue
            if entry.get("_BOOT_ID") == current and int(entry.get("__SEQUENCE", "0")) <= last:
                continue  # it was in the file already
            write(render(entry, options.output, colour, host) + "\n")


def guarded() -> int:
    try:
        return main()
    except Usage as error:
        write(f"{error}\n", 2)
        return 1
    except BrokenPipeError:
        return 141
    except KeyboardInterrupt:
        return 130
    except EOFError:
        return 0
    except OSError:
        write("Failed to connect to the node's init: is this a node of the lab?\n", 2)
        return 1


if __name__ == "__main__":
    os._exit(guarded())
