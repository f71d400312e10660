"""A trainee as a program: signs in, opens JupyterLab's page, runs cells. For rehearsals and tests.

It speaks what a browser speaks: the sign-in form, the hub's redirects, the notebook server's REST
interface and its WebSocket for a kernel.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import time
import uuid
from types import TracebackType
from typing import Any

import httpx
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

PATIENCE = 180.0  # seconds for a server to start, or a cell to end
NO_TRUST = ssl.create_default_context()
NO_TRUST.check_hostname = False  # the class's own certificate, on our own machine
NO_TRUST.verify_mode = ssl.CERT_NONE


class Trouble(Exception):
    """A trainee could not go on."""


class Trainee:
    """One trainee of a room at `base`, as ``https://localhost:8443``."""

    def __init__(self, base: str, seat: int, pin: str) -> None:
        self.base, self.seat, self._pin = base.rstrip("/"), seat, pin
        self.account = f"seat{seat:02}"
        self.http = httpx.AsyncClient(
            verify=NO_TRUST,
            follow_redirects=True,
            timeout=PATIENCE,
            limits=httpx.Limits(keepalive_expiry=2.0),  # the proxy closes idle ones after 5 s
        )
        self.kernel = ""

    async def __aenter__(self) -> Trainee:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.http.aclose()

    @property
    def own(self) -> str:
        """Where this trainee's notebook server is."""
        return f"{self.base}/user/{self.account}/"

    def xsrf(self, path: str) -> str:
        """The token that belongs to forms and requests below a path."""
        found = [one for one in self.http.cookies.jar if one.name == "_xsrf"]
        fitting = [one for one in found if path.startswith(one.path)]
        best = max(fitting, key=lambda one: len(one.path), default=None)
        return (best.value or "") if best else ""

    async def sign_in(self, pin: str | None = None) -> bool:
        """Sign in by seat and PIN; whether that let one in."""
        page = await self.http.get(f"{self.base}/hub/login")
        page.raise_for_status()
        token = self.xsrf("/hub/")
        answer = await self.http.post(
            f"{self.base}/hub/login",
            params={"_xsrf": token},
            data={"username": str(self.seat), "password": pin or self._pin, "_xsrf": token},
            follow_redirects=False,
        )
        return answer.status_code == 302

    async def open_page(self) -> str:
        """JupyterLab's page, when the server is there."""
        until = time.monotonic() + PATIENCE
        await self.http.get(f"{self.base}/hub/spawn")
        while time.monotonic() < until:
            page = await self.http.get(f"{self.own}lab")
            if page.status_code == 200 and "jupyter-config-data" in page.text:
                return page.text
            if page.status_code >= 500 and "spawn" in str(page.url):
                raise Trouble(f"seat {self.seat}: the notebook server did not start")
            await asyncio.sleep(0.5)
        raise Trouble(f"seat {self.seat}: no notebook server within {PATIENCE:.0f} s")

    async def fetch_files(self, page: str) -> int:
        """Fetch the scripts that the page names, as a browser does; their bytes."""
        count = 0
        for path in re.findall(r'src="(/[^"]+\.js[^"]*)"', page):
            answer = await self.http.get(self.base + path)
            answer.raise_for_status()
            count += len(answer.content)
        return count

    async def api(self, method: str, path: str, /, **body: Any) -> Any:
        """Ask the notebook server. Raises Trouble."""
        headers = {"X-XSRFToken": self.xsrf(f"/user/{self.account}/")}
        answer = await self.http.request(
            method, f"{self.own}api/{path}", json=body or None, headers=headers
        )
        if answer.status_code >= 400:
            raise Trouble(f"seat {self.seat}: {method} {path}: {answer.status_code}")
        return answer.json() if answer.content else None

    async def start_kernel(self, notebook: str = "L04-slaac.ipynb") -> None:
        """A kernel for a notebook."""
        made = await self.api(
            "POST",
            "sessions",
            path=notebook,
            name=notebook,
            type="notebook",
            kernel={"name": "ipv6lab"},
        )
        self.kernel = str(made["kernel"]["id"])

    async def run(self, code: str, seconds: float = PATIENCE) -> str:
        """Run a cell; what it wrote, with the names of errors. Raises Trouble."""
        channel = await self.channel()
        try:
            return await asyncio.wait_for(_run(channel, code), seconds)
        except TimeoutError:
            raise Trouble(f"seat {self.seat}: a cell did not end in {seconds:.0f} s") from None
        finally:
            channel.close()

    async def channel(self, origin: str | None = None) -> WebSocketClientConnection:
        """The kernel's WebSocket, as a page of an origin opens it. Raises what refuses it."""
        host = f"{self.own}api/kernels/{self.kernel}/channels".replace("https:", "wss:", 1)
        cookies = "; ".join(
            f"{one.name}={one.value}"
            for one in self.http.cookies.jar
            if f"/user/{self.account}/".startswith(one.path)
        )
        request = HTTPRequest(
            f"{host}?session_id={uuid.uuid4().hex}",
            headers={"Cookie": cookies, "Origin": origin or self.base},
            ssl_options=NO_TRUST,
            request_timeout=PATIENCE,
        )
        return await websocket_connect(request, max_message_size=64 << 20)


async def _run(channel: WebSocketClientConnection, code: str) -> str:
    number = uuid.uuid4().hex
    content = {
        "code": code,
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": True,
    }
    header = {"msg_id": number, "msg_type": "execute_request", "username": "", "session": number}
    message: dict[str, Any] = {
        "header": {**header, "date": "", "version": "5.3"},
        "parent_header": {},
    }
    message |= {"metadata": {}, "buffers": [], "channel": "shell", "content": content}
    await channel.write_message(json.dumps(message))
    said, done, idle = "", False, False
    while not (done and idle):
        heard = await channel.read_message()
        if heard is None:
            raise Trouble("the kernel's channel was closed")
        if isinstance(heard, bytes):
            continue
        told = json.loads(heard)
        if told["parent_header"].get("msg_id") != number:
            continue
        kind, found = told["msg_type"], told["content"]
        if kind == "stream":
            said += found["text"]
        elif kind in ("execute_result", "display_data"):
            said += str(found["data"].get("text/plain", "")) + "\n"
        elif kind == "error":
            said += f"{found['ename']}: {found['evalue']}\n"
        done = done or kind == "execute_reply"
        idle = idle or (kind == "status" and found["execution_state"] == "idle")
    return said
