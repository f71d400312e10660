"""What an IPython kernel gets from ``%load_ext ipv6lab.notebook``."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

from ipv6lab.notebook import finding, views
from ipv6lab.notebook.completion import complete_with
from ipv6lab.notebook.lab import Lab
from ipv6lab.notebook.magics import Magics
from ipv6lab.platform import places
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


def load(shell: InteractiveShell) -> None:
    """Register the magics, their completion and ``lab``; a user's mistake becomes one sentence."""
    # Matplotlib would leave its cache of fonts where uninstall does not look.
    os.environ.setdefault("MPLCONFIGDIR", str(places.cache() / "matplotlib"))
    views.warm()
    lab = Lab(finding.language())
    magics = Magics(lab)
    register: Any = shell.register_magic_function
    for kind, functions in (("line", magics.line), ("cell", magics.cell)):
        for name, function in functions.items():
            register(_literal(function), kind, name)
    complete_with(shell, lab)

    def tell(
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        trace: object,
        tb_offset: object = None,
    ) -> list[str]:
        message = error.message if isinstance(error, LabError) else _("Interrupted.")
        sentence = lab.said(message)
        shell._showtraceback(kind, sentence, [sentence])
        return [sentence]

    shell.set_custom_exc((LabError, KeyboardInterrupt), tell)  # type: ignore[no-untyped-call]
    shell.push({NAME: lab}, interactive=False)  # type: ignore[no-untyped-call]
