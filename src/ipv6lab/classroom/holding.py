"""Holding a class: up, down, and what there is to say of it."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import ipaddress
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from ipv6lab.classroom import bounds, cards, folder, ground, installing, tokens, upkeep
from ipv6lab.classroom.folder import Class, read_json
from ipv6lab.classroom.hub.wanted import Wanted
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import Message, _

PATIENCE = 300.0  # seconds for hub and board to answer; notebooks are built the first time
DOWN = 60.0
MEGABYTES = 200  # of a seat at work: server, kernel, lab
RUNS = Path("/run")
EVERYWHERE = ("", "::", "0.0.0.0")  # addresses to listen on that are none to go to


def run_folder(found: Class) -> Path:
    """Where the sockets and logs of a class lie; lost with the machine's next start."""
    name = hashlib.sha256(str(found.folder).encode()).hexdigest()[:8]
    if os.geteuid() == 0:
        return RUNS / f"ipv6lab-class-{name}"
    return directories.runtime() / f"class-{name}"


def running(found: Class) -> dict[str, Any] | None:
    """What is known of the class that is up: ``pid``, ``parts``, ``wanted``; None: it is not."""
    with folder.alone(found) as nobody:
        if nobody:
            return None
    run = run_folder(found)
    told = read_json(run / upkeep.STATE)
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        return {**told, "wanted": Wanted.read(run / "wanted.json")}
    return None


def held(found: Class) -> Wanted:
    """How the class is held. Raises LabError where it is not up."""
    known = running(found)
    if known is None:
        raise LabError(_("The class is not up; ipv6lab class up starts it."))
    wanted: Wanted = known["wanted"]
    return wanted


def addresses() -> list[str]:
    """This machine's addresses in the room: IPv6 first, then IPv4; none of a tunnel or loopback."""
    found: list[str] = []
    for family, goal in ((socket.AF_INET6, "2001:db8::1"), (socket.AF_INET, "192.0.2.1")):
        # The address from which it would talk to others; nothing is sent.
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((goal, 9))
            found.append(str(asked.getsockname()[0]))
    # A room may have no way out, and so no such address.
    with contextlib.suppress(OSError, ValueError):
        listed = subprocess.run(
            ["ip", "-json", "address", "show", "scope", "global", "up"],
            capture_output=True,
            check=True,
        ).stdout
        for link in json.loads(listed):
            for one in link.get("addr_info", []):
                found.append(str(one["local"]))
    known = [one for one in dict.fromkeys(found) if not ipaddress.ip_address(one).is_loopback]
    return sorted(known, key=lambda one: ":" not in one)


def up(found: Class, wanted: Wanted) -> Wanted:
    """Start the class; returns when sign-in and board answer. Raises LabError.

    Whoever was signed in, and every lab that runs, goes on; the class may be up in parts.
    """
    if running(found) is not None:
        raise LabError(_("The class is up; ipv6lab class status says where."))
    installing.ensure()
    run = run_folder(found)
    run.mkdir(mode=0o711, parents=True, exist_ok=True)
    wanted = replace(wanted, folder=str(found.folder), run=str(run))
    if os.geteuid() == 0:
        # The process that holds the class claims it for good; here it is looked for.
        slot, descriptor = ground.claim(RUNS / "ipv6lab-class-slots", wanted.slot)
        wanted = replace(wanted, slot=slot)
    else:
        descriptor = None
    _end_old_proxy(run)
    _free_ports(wanted)
    file = run / "wanted.json"
    wanted.write(file)
    file.chmod(0o600)
    cards.write(found, wanted.url(wanted.page_port, "http"))
    log = run / "upkeep.log"
    for name in ("upkeep", "hub", "board", "fork"):
        (run / f"{name}.log").unlink(missing_ok=True)
    with open(log, "ab") as opened:
        process = subprocess.Popen(
            [sys.executable, "-m", "ipv6lab.classroom.upkeep", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=opened,
            stderr=opened,
            start_new_session=True,
            pass_fds=() if descriptor is None else (descriptor,),
        )
    if descriptor is not None:
        os.close(descriptor)
    until = time.monotonic() + PATIENCE
    wants = [(wanted.port, "/hub/login"), (wanted.board_port, "/")]
    while wants:
        if process.poll() is not None or time.monotonic() > until:
            _give_up(process, run)
        if answers(wanted, *wants[0]):
            wants.pop(0)
        else:
            time.sleep(0.2)
    return wanted


def _end_old_proxy(run: Path) -> None:
    """End the proxy of a hub that was killed: it would keep the room's port."""
    with contextlib.suppress(OSError, ValueError):
        pid = int((run / "root" / "proxy.pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if installing.proxy_command()[1].encode() in words:
            os.kill(pid, signal.SIGKILL)
            while Path(f"/proc/{pid}/cmdline").read_bytes():
                time.sleep(0.02)


def answers(wanted: Wanted, port: int, path: str) -> bool:
    """Whether a page of the class is there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # our own machine
    host = local(wanted)
    connection = http.client.HTTPSConnection(host, port, timeout=5.0, context=context)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def local(wanted: Wanted) -> str:
    """The address at which this machine itself reaches the class."""
    everywhere = {"::": "::1", "0.0.0.0": "127.0.0.1", "": "127.0.0.1"}
    host = everywhere.get(wanted.listen, wanted.listen)
    return host if socket.has_ipv6 or host != "::1" else "127.0.0.1"


def _give_up(process: subprocess.Popen[bytes], run: Path) -> None:
    with contextlib.suppress(OSError):
        process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(DOWN)
    said = ""
    for name in ("upkeep", "hub", "board"):
        with contextlib.suppress(OSError):
            lines = (run / f"{name}.log").read_text(errors="replace").strip().splitlines()
            said = said or (lines[-1] if lines else "")
    raise LabError(
        _("The class did not come up; the logs in {folder} say why: {last}", folder=str(run),
          last=said)
    )  # fmt: skip


def _free_ports(wanted: Wanted) -> None:
    """Raise LabError for a port that another program has."""
    for port in (wanted.port, wanted.board_port, wanted.page_port):
        _try_port(wanted.listen, port)
    for number in range(3):
        _try_port("127.0.0.1", wanted.inner + number)


def _try_port(listen: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in listen else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((listen, port))
        except PermissionError:
            raise Unsupported(
                _("Only root may listen on port {port}; choose one above 1023.", port=port)
            ) from None
        except OSError as error:
            raise LabError(
                _(
                    "Port {port} of {address} cannot be used ({reason}); "
                    "choose others with --port.",
                    port=port,
                    address=listen,
                    reason=error.strerror or str(error),
                )
            ) from None


def down(found: Class) -> bool:
    """End the class, its servers and its labs; whether it was up. Work is on disk."""
    known = running(found)
    if known is None:
        return False
    os.kill(int(known["pid"]), signal.SIGTERM)
    until = time.monotonic() + DOWN
    while time.monotonic() < until:
        with folder.alone(found) as nobody:
            if nobody:
                return True
        time.sleep(0.1)
    raise LabError(_("The class does not end; its process is {pid}.", pid=int(known["pid"])))


def board_link(found: Class, wanted: Wanted) -> str:
    """The trainer's link to the board; it holds for a day."""
    token = tokens.sign(folder.secret(found, "tokens"), tokens.TRAINER)
    return f"{wanted.url(wanted.board_port)}/#token={token}"


def ask_hub(found: Class, wanted: Wanted, method: str, path: str) -> Any:
    """Ask the hub's own API. Raises LabError where it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", wanted.inner, timeout=30.0)
    token = folder.secret(found, "hub-api")
    try:
        connection.request(method, f"/hub/api/{path}", headers={"Authorization": f"token {token}"})
        answer = connection.getresponse()
        data = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise LabError(_("The hub does not answer ({reason}).", reason=str(error))) from None
    finally:
        connection.close()
    if answer.status >= 400 and answer.status != 404:
        raise LabError(_("The hub does not answer ({reason}).", reason=str(answer.status)))
    return json.loads(data) if data else None


def ask_board(found: Class, wanted: Wanted, what: str, **more: Any) -> None:
    """Do on the board what a trainer does there. Raises LabError where it does not answer."""
    context = ssl.create_default_context(cafile=str(found.secrets / "class.crt"))
    context.check_hostname = False  # the certificate itself is known
    host = "localhost" if wanted.listen in EVERYWHERE else wanted.listen
    connection = http.client.HTTPSConnection(host, wanted.board_port, timeout=30.0, context=context)
    token = tokens.sign(folder.secret(found, "tokens"), tokens.TRAINER)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request("POST", "/api/do", json.dumps({"what": what, **more}), headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise LabError(_("The board does not answer ({reason}).", reason=str(error))) from None
    finally:
        connection.close()
    if status >= 400:
        raise LabError(_("The board does not answer ({reason}).", reason=str(status)))


def reset_seat(found: Class, seat: int) -> None:
    """End all that a seat runs, whatever it has become; it begins anew with its next sign-in.

    Its files and recorded work stay. Raises LabError.
    """
    wanted = held(found)
    one = found.seat(seat)
    if not upkeep.end_seat(wanted, seat):
        raise LabError(_("Some processes of seat {seat} cannot be ended.", seat=seat))
    ask_hub(found, wanted, "DELETE", f"users/{one.account}/server")


def renew(found: Class) -> None:
    """Tell a class that is up that its people changed."""
    known = running(found)
    if known is not None:
        os.kill(int(known["pid"]), signal.SIGHUP)


def isolated() -> bool:
    """Whether each seat has an account of its own."""
    return os.geteuid() == 0


def unbounded(wanted: Wanted) -> tuple[str, ...]:
    """What of the machine no seat's share can be bounded in."""
    return bounds.find(wanted.group).missing


def warnings(found: Class, wanted: Wanted) -> list[Message]:
    """What a trainer must know of this machine, said plainly."""
    said = []
    if not isolated():
        said.append(
            _(
                "Without root all seats share one account: whoever wants to can read and change "
                "what others do. As root (sudo ipv6lab class up) each has an account of its own."
            )
        )
    missing = unbounded(wanted)
    if missing:
        said.append(
            _(
                "This machine does not let {what} of a seat be bounded: one seat can take it from "
                "the others. ipv6lab class reset SEAT frees it.",
                what=", ".join(missing),
            )
        )
    need = len(found.seats) * MEGABYTES
    there = memory()
    if there < need:
        said.append(
            _(
                "{count} seats take about {need} MB of memory and {there} are free.",
                count=len(found.seats),
                need=need,
                there=there,
            )
        )
    return said


def memory() -> int:
    """The machine's free memory in MB."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        known = dict(line.split(":", 1) for line in lines)
        return int(known["MemAvailable"].split()[0]) // 1024
    return 0


def people(found: Class, wanted: Wanted) -> list[dict[str, Any]]:
    """Who is there: ``seat``, ``name``, ``state`` (away, server, lab) and ``exercise``."""
    users = ask_hub(found, wanted, "GET", "users") or []
    serving = {one["name"] for one in users if one.get("server")}
    told = []
    board = read_json(found.room / "board.json").get("seats", {})
    for number, seat in sorted(found.seats.items()):
        known = board.get(str(number), {}) if isinstance(board, dict) else {}
        exercise = known.get("exercise") if seat.account in serving else None
        state = "away" if seat.account not in serving else "lab" if exercise else "server"
        told.append({"seat": number, "name": seat.name, "state": state, "exercise": exercise})
    return told
