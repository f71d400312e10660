"""A trainee's desk: JupyterLab on the course as `ipv6lab notebook` opens it, and a real browser.

As root both stand in a network of their own that leads nowhere, and what they send there is
counted; an ordinary user cannot have that and a lab in it, and so relies on what the browser tells.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Playwright
from playwright.sync_api import TimeoutError as TooLate

from ipv6lab import image, sandbox
from ipv6lab.platform import directories
from tests import chromium

SCREENSHOTS = Path(__file__).with_name("screenshots")
PATIENCE = 120_000  # milliseconds; far more than anything takes, also on a busy machine
AXE = {"resultTypes": ["violations"], "rules": {"region": {"enabled": False}}}
GRAVE = ("serious", "critical")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    # The browser looks for updates and accounts of its own; what pages ask for is told anyway.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
# A network with a way out that ends at once, so that whatever is sent there can be counted.
NETWORK = """
ip link set lo up
ip link add out type veth peer name nowhere
echo 1 >/proc/sys/net/ipv6/conf/out/disable_ipv6
echo 1 >/proc/sys/net/ipv6/conf/nowhere/disable_ipv6
ip address add 192.0.2.1/24 dev out
ip link set out up
ip link set nowhere up
ip neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev out
ip route add default via 192.0.2.2
exec "$@"
"""
# Connections that stay open while the browser is offline can be cut, and none are made then.
LINES = """
(() => {
  const Line = WebSocket, open = new Set();
  let off = false;
  window.WebSocket = class extends Line {
    constructor(...given) {
      super(...given);
      open.add(this);
      this.addEventListener("close", () => open.delete(this));
      if (off) this.close();
    }
  };
  window.goOffline = () => { off = true; for (const line of open) line.close(); };
  window.goOnline = () => { off = false; };
})();
"""
# What connects the panels of the page with their kernels and terminals.
LINES_OF_PAGE = """[...jupyterapp.shell.widgets("main")].flatMap(
    one => [one.content?.session, one.sessionContext?.session?.kernel]
).filter(one => one?.reconnect)"""


class Desk:
    """Opened with a language and a seat; ``page`` is the browser's.

    `complaints` are the errors on its console, `strange` the addresses elsewhere that it asked for.
    """

    def __init__(self, language: str, seat: int, playwright: Playwright) -> None:
        self.language, self.seat, self._playwright = language, seat, playwright
        self.complaints: list[str] = []
        self.strange: list[str] = []

    def __enter__(self) -> Self:
        self.home = Path(tempfile.mkdtemp(prefix="v6-"))
        self._environment = self._own_places()
        self._serve()
        self._browse()
        return self

    def __exit__(self, *_details: object) -> None:
        try:
            self._browser.close()
        finally:
            self._server.terminate()
            try:
                self._server.wait(PATIENCE / 1000)
            except subprocess.TimeoutExpired:
                self._server.kill()
                raise
            before = os.environ.get("XDG_RUNTIME_DIR")
            os.environ["XDG_RUNTIME_DIR"] = self._environment["XDG_RUNTIME_DIR"]
            try:
                for lab in sandbox.running():
                    sandbox.stop(lab["seat"] or None)
            finally:
                if before is None:
                    del os.environ["XDG_RUNTIME_DIR"]
                else:
                    os.environ["XDG_RUNTIME_DIR"] = before
            shutil.rmtree(self.home)

    @property
    def notebooks(self) -> Path:
        """The folder with the trainee's notebooks."""
        return self.home / "work" / "ipv6lab" / "notebooks" / self.language

    @property
    def sent(self) -> int | None:
        """How many packets left for the world; None where nobody counts."""
        if os.geteuid() != 0:
            return None
        counter = "/sys/class/net/out/statistics/tx_packets"
        words = ["nsenter", f"--net=/proc/{self._server.pid}/ns/net", "sh", "-c"]
        mounted = f"mount -t sysfs sysfs /sys && cat {counter}"
        found = subprocess.run(
            ["unshare", "--mount", *words, mounted], capture_output=True, text=True, check=True
        )
        return int(found.stdout)

    # Opening

    def _own_places(self) -> dict[str, str]:
        """Directories of its own, in which only image and lab kernel are the machine's."""
        cache, run = self.home / "cache" / "ipv6lab", self.home / "run"
        cache.mkdir(parents=True)
        run.mkdir(mode=0o700)
        for store in ("images", "kernels"):
            if (directories.cache() / store).is_dir():
                (cache / store).symlink_to(directories.cache() / store)
        return {
            **os.environ,
            "XDG_CACHE_HOME": str(cache.parent),
            "XDG_DATA_HOME": str(self.home / "work"),
            "XDG_RUNTIME_DIR": str(run),
            "IPV6LAB_IMAGE": str(image.find().directory),
        }

    def _serve(self) -> None:
        words = [sys.executable, "-m", "ipv6lab", "--lang", self.language, "notebook"]
        words += ["--no-browser", "--port", "0", "--seat", str(self.seat)]
        if os.geteuid() == 0:
            words = ["unshare", "--net", "sh", "-e", "-c", NETWORK, "sh", *words]
        self._server = subprocess.Popen(
            words,
            env=self._environment,
            cwd=self.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = []
        assert self._server.stderr is not None
        for line in self._server.stderr:
            said.append(line)
            found = re.search(r"(http://127\.0\.0\.1:\d+)/\S*token=\w+", line)
            if found:
                self.base, self._address = found[1], found[0]
                # Whatever else it says must not fill the pipe.
                subprocess.Popen(
                    ["cat"],
                    stdin=self._server.stderr,
                    stdout=(self.home / "server.log").open("w"),
                )
                return
        raise AssertionError("".join(said))

    def _browse(self) -> None:
        program = chromium.program()
        if os.geteuid() == 0:
            wrapper = self.home / "chromium"
            inside = f"--net=/proc/{self._server.pid}/ns/net"
            wrapper.write_text(f'#!/bin/sh\nexec nsenter {inside} {program} "$@"\n')
            wrapper.chmod(0o755)
            program = str(wrapper)
        self._browser = self._playwright.chromium.launch(
            executable_path=program,
            args=FLAGS,
            env={"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        )
        self._context = self._browser.new_context(viewport={"width": 1400, "height": 1000})
        self._context.set_default_timeout(PATIENCE)
        self._context.on("request", self._see_request)
        self._context.on("console", self._see_console)
        self._context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self._context.add_init_script(LINES)
        self.page: Page = self._context.new_page()

    def _see_request(self, request: Any) -> None:
        own = (self.base, self.base.replace("http", "ws"), "data:", "blob:")
        if not request.url.startswith(own):
            self.strange.append(request.url)

    def _see_console(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    # What a trainee does

    def enter(self) -> None:
        """Open the address that the server printed: the start page."""
        self.page.goto(self._address)
        self.page.wait_for_selector(".jp-RenderedMarkdown h1:visible")

    def open(self, name: str) -> None:
        """Go to a notebook by its address."""
        self.page.goto(f"{self.base}/lab/tree/{name}.ipynb")
        self.wait_for_notebook()

    @contextmanager
    def another_window(self) -> Iterator[tuple[Page, Page]]:
        """A second window of the browser, in front; then the first one is again, if it is there."""
        first, second = self.page, self._context.new_page()
        self.page = second
        try:
            yield first, second
        finally:
            if not first.is_closed():
                second.close()
                self.page = first

    @contextmanager
    def empty_page(self, width: int) -> Iterator[Page]:
        """A page of the same browser that shows nothing yet, so many pixels wide."""
        page = self._browser.new_page(viewport={"width": width, "height": 800})
        try:
            yield page
        finally:
            page.close()

    def wait_for_cells(self) -> None:
        """Wait until the notebook in front is there, whatever its kernel does."""
        self.page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell")
        # After a reload it is on the page before JupyterLab counts it as the one in front.
        self.page.wait_for_function(
            "() => jupyterapp.shell.currentWidget?.content?.widgets?.length > 0"
        )

    def wait_for_notebook(self) -> None:
        """Wait until the notebook in front is there and its kernel is ready."""
        self.wait_for_cells()
        self.page.wait_for_function(
            "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
            " === 'idle'"
        )

    def sources(self) -> list[str]:
        """The texts of all cells; of those that are no code an empty one."""
        found = self.page.evaluate(
            "() => jupyterapp.shell.currentWidget.content.widgets.map("
            "cell => cell.model.type === 'code' ? cell.model.sharedModel.getSource() : '')"
        )
        return [str(one) for one in found]

    def find(self, beginning: str) -> int:
        """The number of the cell that begins so."""
        found = [at for at, text in enumerate(self.sources()) if text.startswith(beginning)]
        assert len(found) == 1, (beginning, found)
        return found[0]

    def run(self, number: int) -> Locator:
        """Run a cell; returns it when it has ended, and not with an error."""
        self.choose(number)
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:run-cell')")
        refused = self.page.evaluate(
            "number => jupyterapp.shell.currentWidget.content.widgets[number].model.outputs"
            ".toJSON().filter(one => one.output_type === 'error').map(one => one.evalue)",
            number,
        )
        assert refused == [], (self.sources()[number], refused)
        self.choose(number)
        return self.cell(number)

    def begin(self, number: int) -> None:
        """Run a cell without waiting for its end."""
        self.choose(number)
        self.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-cell'); }")

    def choose(self, number: int) -> None:
        """Make it the active cell, and have it on the page."""
        self.page.evaluate(
            "async number => { const book = jupyterapp.shell.currentWidget.content;"
            " book.activeCellIndex = number; await book.scrollToItem(number, 'start'); }",
            number,
        )
        self.cell(number).wait_for(state="attached")

    def cell(self, number: int) -> Locator:
        shown = ".jp-NotebookPanel:not(.lm-mod-hidden)"
        return self.page.locator(f'{shown} .jp-Cell[data-windowed-list-index="{number}"]')

    def bring(self, number: int, shown: str) -> Locator:
        """What a cell shows, in the window.

        While a notebook opens, its cells are laid out again whenever one of them gets its height,
        and what was in the window may leave it: so it is brought there again until it stays.
        """
        found = self.cell(number).locator(shown).first
        end = time.monotonic() + PATIENCE / 1000
        while True:
            self.choose(number)
            try:
                found.wait_for(timeout=3000)
            except TooLate:
                if time.monotonic() > end:
                    raise
            else:
                return found

    def write(self, number: int, text: str) -> None:
        """Type a text into a cell in the place of what stood there."""
        self.choose(number)
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Escape")

    def insert_below(self, number: int, text: str) -> None:
        """A new cell below one, with a text."""
        self.choose(number)
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:insert-cell-below')")
        self.write(number + 1, text)

    def save(self) -> None:
        """Press Ctrl+S, and wait until it has been saved."""
        self.page.keyboard.press("Control+s")
        self.page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")

    def type_in_terminal(self, text: str, until: str) -> None:
        """Type into the terminal in front and wait until it says something."""
        self.wait_for_terminal("#")
        self.page.evaluate("() => jupyterapp.shell.currentWidget.content._term.focus()")
        for _again in range(6):  # while it connects anew it takes no keys, as anybody sees
            self.page.keyboard.type(text)
            with contextlib.suppress(TooLate):
                return self.wait_for_terminal(until, 15_000)
        self.wait_for_terminal(until)

    def wait_for_terminal(self, text: str, milliseconds: float | None = None) -> None:
        self.page.wait_for_function(
            "text => { const shown = jupyterapp.shell.currentWidget.content?._term?.buffer.active;"
            " if (!shown) return false;"
            " for (let at = 0; at < shown.length; at++)"
            "   if (shown.getLine(at).translateToString(true).includes(text)) return true;"
            " return false; }",
            arg=text,
            timeout=milliseconds,
        )

    def go_back(self, name: str) -> None:
        """Bring a notebook to the front again."""
        self.page.locator(f".lm-TabBar-tab:has-text('{name}.ipynb')").first.click()
        self.wait_for_notebook()

    def restart_kernel(self) -> None:
        """Start the kernel of the notebook in front anew."""
        self.page.evaluate(
            "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        self.wait_for_notebook()

    def cut_off(self) -> None:
        """Cut the browser off from the server for so long that JupyterLab has given up."""
        self._context.set_offline(True)
        self.page.evaluate(LINES_OF_PAGE + ".forEach(line => { line._reconnectLimit = 0; })")
        self.page.evaluate("() => goOffline()")
        self.page.wait_for_function(
            LINES_OF_PAGE + ".every(line => line.connectionStatus === 'disconnected')"
        )
        self.page.evaluate(LINES_OF_PAGE + ".forEach(line => { line._reconnectLimit = 7; })")

    def connect(self) -> None:
        """Let the browser reach the server again; what it says of its absence is closed."""
        told = self.page.locator(".jp-Dialog:not(:has(.jp-mod-accept)) .jp-mod-reject")
        self.page.add_locator_handler(told, lambda button: button.click())
        self.page.evaluate("() => goOnline()")
        self._context.set_offline(False)  # which tells the page, as a laptop that is opened does

    def ipv6lab(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What somebody does at the same lab on the command line."""
        command, *rest = words
        return subprocess.run(
            [sys.executable, "-m", "ipv6lab", command, "--seat", str(self.seat), *rest],
            env=self._environment,
            capture_output=True,
            text=True,
        )

    # What is looked at

    def shoot(self, name: str) -> None:
        """Keep a picture of the page."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{self.language}-{name}.png")

    def wear(self, scheme: str) -> None:
        """Have the system, and so JupyterLab, dark or light."""
        self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        self.page.wait_for_function(
            "light => document.body.dataset.jpThemeLight === light",
            arg="true" if scheme == "light" else "false",
        )

    def barriers(self) -> list[str]:
        """What axe-core finds grave in the views that are on the page."""
        found = Axe().run(self.page, context=".ipv6lab", options=AXE)
        return [
            f"{one['id']}: {node['html']} ({node['failureSummary']})"
            for one in found.response["violations"]
            if one["impact"] in GRAVE
            for node in one["nodes"]
        ]
