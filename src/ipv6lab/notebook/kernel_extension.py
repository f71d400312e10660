"""What an IPython kernel gets from ``%load_ext ipv6lab.notebook``."""

from __future__ import annotations

import functools
import os
import sys
from typing import TYPE_CHECKING, Any

from ipv6lab.notebook import guesses, slips, views
from ipv6lab.notebook.in_cells import Lab
from ipv6lab.notebook.magics import Magics
from ipv6lab.notebook.offered import complete_with
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

NAME = "lab"


def _literal(function: Any) -> Any:
    """A magic whose line is taken as it is: IPython would fill in what stands in $ and braces."""
    from IPython.core.magic import no_var_expand

    @functools.wraps(function)
    def called(*words: str) -> Any:
        return function(*words)

    return no_var_expand(called)


def _staying() -> object:
    """What ``exit`` and ``quit`` are in a cell: both leave a terminal's shell, here the kernel."""
    from IPython.core.autocall import IPyAutocall

    class Staying(IPyAutocall):
        def __call__(self, *_given: object) -> None:
            raise LabError(
                _(
                    "A cell has nothing to leave: this would end the kernel, and the lab would go "
                    "on. %lab stop ends the lab; the menu Kernel ends the kernel."
                )
            )

    return Staying()  # type: ignore[no-untyped-call]


def load(shell: InteractiveShell) -> None:
    """Register the magics, their completion and ``lab``; a user's mistake becomes one sentence."""
    from IPython.core.error import UsageError

    # Matplotlib would leave its cache of fonts where uninstall does not look.
    os.environ.setdefault("MPLCONFIGDIR", str(directories.cache() / "matplotlib"))
    views.warm()
    lab = Lab(guesses.language())
    magics = Magics(lab)
    register: Any = shell.register_magic_function
    for kind, functions in (("line", magics.line), ("cell", magics.cell)):
        for name, function in functions.items():
            register(_literal(function), kind, name)
    complete_with(shell, lab)
    # Without a percent sign `ls` and `cat` would show the machine's own files.
    shell.automagic = False
    guarded: Any = shell
    guarded.system = slips.guarded(shell.system, lab)
    guarded.getoutput = slips.guarded(shell.getoutput, lab)
    cells = shell.magics_manager.magics["cell"]
    for name in slips.SHELLS:
        if name in cells:
            cells[name] = slips.guarded_cell(cells[name], lab)
    # `!ipv6lab list` finds this program wherever the server was started.
    own = os.path.dirname(sys.executable)
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), own])

    def tell(
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        trace: object,
        tb_offset: object = None,
    ) -> list[str]:
        if isinstance(error, LabError):
            message = error.message
        elif isinstance(error, KeyboardInterrupt):
            message = _("Interrupted.")
        elif isinstance(error, OSError) and (refused := directories.no_room(error)):
            kind, message = LabError, refused.message
        else:
            typed = shell.history_manager.input_hist_raw
            found = slips.slip(error, typed[-1] if typed else "", lab, known)
            if found is None:
                shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
                return []
            kind, message = LabError, found
        sentence = lab.said(message)
        shell._showtraceback(kind, sentence, [sentence])
        return [sentence]

    known = {*magics.line, *magics.cell}
    told = (LabError, KeyboardInterrupt, SyntaxError, NameError, UsageError, OSError)
    shell.set_custom_exc(told, tell)  # type: ignore[no-untyped-call]
    stays: Any = _staying()
    mine = {NAME: lab, "exit": stays, "quit": stays}
    shell.push(mine, interactive=False)  # type: ignore[no-untyped-call]
