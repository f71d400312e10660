"""Holds one lab: the process between an agent and whoever comes to talk to it.

Run as ``python -m ipv6lab.sandbox.keeper SPEC``. ``SPEC`` is JSON: ``name`` (of the seat's files
in the runtime directory), ``starter`` (descriptor of the connection of who starts it), ``lock``
(descriptor of the seat's lock, held as long as this process lives), ``kernel`` and
``nodes`` (as `launch.launch` takes them).

Until the starter says ``keep``, the lab is the starter's and ends with its connection. Afterwards
the lab lives until somebody says ``end``, or the agent goes.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import sys
from collections import deque
from pathlib import Path
from typing import Any

from ipv6lab.platform import directories
from ipv6lab.sandbox import engine
from ipv6lab.sandbox.kept_work import JournalFile
from ipv6lab.sandbox.launch import Launched, launch
from ipv6lab.words import frames
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

LOOK = 1.0  # seconds between two looks at whether the lab can still be reached


class Peer:
    """One end that frames come from and go to."""

    def __init__(self, keeper: Keeper, reader: int, writer: int) -> None:
        self.reader = reader
        self.writer = writer
        self.decoder = frames.Decoder()
        self._keeper = keeper
        self._waiting: deque[bytes] = deque()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)

    def send(self, data: bytes) -> None:
        self._waiting.append(data)
        if len(self._waiting) == 1:
            self.flush()

    def flush(self) -> None:
        while self._waiting:
            try:
                written = os.write(self.writer, self._waiting[0])
            except BlockingIOError:
                self._keeper.watch_writing(self, True)
                return
            except OSError:  # gone: reading notices
                self._waiting.clear()
                break
            if written < len(self._waiting[0]):
                self._waiting[0] = self._waiting[0][written:]
            else:
                self._waiting.popleft()
        self._keeper.watch_writing(self, False)


class Keeper:
    """Forwards frames between the agent and its callers, renumbering the channels."""

    def __init__(self, name: str, starter: socket.socket, kernel: str | None, nodes: int) -> None:
        self.name = name
        self.kernel = kernel
        self.nodes = nodes
        self.info: dict[str, Any] = {}
        self.journal = JournalFile()
        self.kept = False
        self.warned = False
        self.selector = selectors.DefaultSelector()
        self.callers: dict[int, tuple[Peer, socket.socket]] = {}
        self.agent: Peer | None = None
        self.launched: Launched | None = None
        self.next_channel = 1
        self.outward: dict[int, tuple[Peer | None, int]] = {}
        self.inward: dict[tuple[int, int], int] = {}
        runtime = directories.runtime()
        self.socket_path = runtime / f"{name}.sock"
        self.info_path = runtime / f"{name}.json"
        self.starter = self.admit(starter)

    def run(self) -> None:
        try:
            self.launched = launch(self.name, self.kernel, self.nodes)
        except LabError as error:
            self.tell(self.starter, "X", {"error": error.to_json()})
            return
        self.agent = Peer(self, self.launched.reader, self.launched.writer)
        self.agent.send(engine.archive())
        self.selector.register(self.agent.reader, selectors.EVENT_READ, self.agent)
        self.socket_path.unlink(missing_ok=True)
        server = socket.socket(socket.AF_UNIX)
        with directories.socket_address(self.socket_path) as address:
            server.bind(address)
        server.listen(64)
        self.door = os.stat(self.socket_path).st_ino
        server.setblocking(False)
        self.selector.register(server, selectors.EVENT_READ, server)
        try:
            self.serve(server)
        finally:
            with contextlib.suppress(LabError):  # there may be room by now
                self.journal.finish()
            self.launched.end()
            if self.reachable():  # else the files are another lab's by now
                self.socket_path.unlink(missing_ok=True)
                self.info_path.unlink(missing_ok=True)

    def serve(self, server: socket.socket) -> None:
        while self.reachable():
            for key, events in self.selector.select(LOOK):
                if key.data is server:
                    connection, _ = server.accept()
                    self.admit(connection)
                    continue
                peer: Peer = key.data
                if events & selectors.EVENT_WRITE:
                    peer.flush()
                if events & selectors.EVENT_READ and not self.read(peer):
                    return

    def reachable(self) -> bool:
        """Whether callers still find this lab: the runtime directory may vanish at any time."""
        try:
            return os.stat(self.socket_path).st_ino == self.door
        except OSError:
            return False

    def admit(self, connection: socket.socket) -> Peer:
        peer = Peer(self, connection.fileno(), connection.fileno())
        self.callers[peer.reader] = (peer, connection)
        self.selector.register(peer.reader, selectors.EVENT_READ, peer)
        return peer

    def watch_writing(self, peer: Peer, wanted: bool) -> None:
        selector = self.selector
        if peer.writer == peer.reader:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wanted else 0)
            if peer.reader in selector.get_map():
                selector.modify(peer.reader, events, peer)
        elif wanted and peer.writer not in selector.get_map():
            selector.register(peer.writer, selectors.EVENT_WRITE, peer)
        elif not wanted and peer.writer in selector.get_map():
            selector.unregister(peer.writer)

    def read(self, peer: Peer) -> bool:
        """Take what a peer sent; False when the lab is over."""
        try:
            data = os.read(peer.reader, 65536)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        if peer is self.agent:
            if not data:
                self.agent_ended()
                return False
            for frame in peer.decoder.feed(data):
                self.from_agent(frame)
            return True
        if not data:
            return self.leave(peer)
        try:
            for frame in peer.decoder.feed(data):
                if frame.channel == 0:
                    if not self.asked(peer, frame.data()):
                        return False
                else:
                    self.from_caller(peer, frame)
        except frames.FrameError:
            return self.leave(peer)
        return True

    def leave(self, peer: Peer) -> bool:
        """A caller is gone: what it asked for is cancelled."""
        assert self.agent is not None
        for channel, (asker, number) in list(self.outward.items()):
            if asker is peer:
                self.outward[channel] = (None, number)
                self.agent.send(frames.encode(channel, "Q"))
        self.inward = {
            (reader, number): channel
            for (reader, number), channel in self.inward.items()
            if reader != peer.reader
        }
        self.selector.unregister(peer.reader)
        _, connection = self.callers.pop(peer.reader)
        connection.close()
        return self.kept or peer is not self.starter

    def asked(self, peer: Peer, request: dict[str, Any]) -> bool:
        """A request to the keeper itself; False when the lab is to end."""
        operation = request.get("op")
        try:
            if operation == "keep":
                self.keep(request)
            if operation == "end":
                self.end()
        except LabError as error:
            self.tell(peer, "X", {"error": error.to_json()})
            return self.kept
        self.tell(peer, "X", {"ok": True, "info": self.info})
        return operation != "end"

    def keep(self, request: dict[str, Any]) -> None:
        """From now on outlive the starter. Raises LabError where nothing can be written down."""
        assert self.launched is not None
        bounded = self.launched.bounded
        self.info = {"keeper": os.getpid(), "bounded": bounded, **request["info"]}
        where = request.get("journal")
        try:
            if where:
                self.journal.open(Path(where))
            where = str(self.info_path)
            partial = self.info_path.with_suffix(".new")
            partial.write_text(json.dumps(self.info), encoding="utf-8")
            partial.rename(self.info_path)
        except OSError as error:
            raise LabError(
                _(
                    "The lab cannot write to {file} ({reason}); make room there, or name another "
                    "place with XDG_DATA_HOME or XDG_RUNTIME_DIR.",
                    file=str(error.filename or where),
                    reason=error.strerror or str(error),
                )
            ) from None
        self.kept = True

    def end(self) -> None:
        """End the lab. Raises LabError, once, where that would lose what was done in it."""
        assert self.launched is not None
        try:
            self.journal.finish()
        except LabError:
            if not self.warned:
                self.warned = True
                raise
        self.launched.end()

    def tell(self, peer: Peer, kind: str, value: dict[str, Any]) -> None:
        os.set_blocking(peer.writer, True)
        peer.send(frames.encode_json(0, kind, value))
        os.set_blocking(peer.writer, False)

    def from_caller(self, peer: Peer, frame: frames.Frame) -> None:
        assert self.agent is not None
        key = (peer.reader, frame.channel)
        if frame.kind == "R":
            self.inward[key] = self.next_channel
            self.outward[self.next_channel] = (peer, frame.channel)
            self.next_channel += 1
        channel = self.inward.get(key)
        if channel is not None:
            self.agent.send(frames.encode(channel, frame.kind, frame.payload))

    def from_agent(self, frame: frames.Frame) -> None:
        if frame.channel == 0:
            data = frame.data()
            if data.get("event") == "journal":
                self.journal.add(data["entry"])
            else:
                self.starter.send(frames.encode(0, frame.kind, frame.payload))
            return
        asker, number = self.outward.get(frame.channel, (None, 0))
        if frame.kind == "X":
            self.outward.pop(frame.channel, None)
            if asker is not None:
                self.inward.pop((asker.reader, number), None)
        if asker is not None:
            asker.send(frames.encode(number, frame.kind, self._payload(frame)))

    def _payload(self, frame: frames.Frame) -> bytes:
        """What a frame carries; how a program ended, with what of it is not recorded."""
        trouble = self.journal.trouble
        if frame.kind != "X" or trouble is None:
            return frame.payload
        told = {**frame.data(), "unrecorded": trouble.to_json()}
        return json.dumps(told, ensure_ascii=False).encode()

    def agent_ended(self) -> None:
        assert self.launched is not None
        if not self.kept:
            self.tell(self.starter, "X", {"error": self.launched.explain().to_json()})


def main() -> None:
    spec = json.loads(sys.argv[1])
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.chdir("/")
    starter = socket.socket(fileno=spec["starter"])
    Keeper(spec["name"], starter, spec["kernel"], spec["nodes"]).run()


if __name__ == "__main__":
    main()
