"""The kernel of the notebooks: IPython with the labs' magics in it.

``python -m ipv6lab.notebook.kernel -f CONNECTION_FILE``, as a kernel specification starts it.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

from ipv6lab.notebook.sources import KERNEL


def specification() -> dict[str, Any]:
    """What Jupyter must know to start it."""
    return {
        "argv": [sys.executable, "-m", __spec__.name, "-f", "{connection_file}"],
        "display_name": KERNEL,
        "language": "python",
        "interrupt_mode": "signal",
        "metadata": {"debugger": False},
    }


def write_specification(kernels: Path) -> None:
    """Put it into a directory of kernel specifications. Raises OSError."""
    import json

    folder = kernels / KERNEL
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kernel.json").write_text(json.dumps(specification(), indent=1), encoding="utf-8")


def main() -> None:
    from ipykernel.kernelapp import IPKernelApp

    # It warns of every kernel that talks over the loopback interface.
    IPKernelApp.launch_instance(extensions=["ipv6lab.notebook"], log_level=logging.ERROR)


if __name__ == "__main__":
    main()
