"""Notebooks: a lab from within JupyterLab.

============== ==================================================================
`session`      one exercise on one seat, as a notebook sees it
`magics`       what is typed in cells: ``%lab``, ``%%host``, ``%check``…
`api`          the same as Python calls
`sources`      ``notebooks/*.md`` and how they become notebooks
`shelf`        the notebooks in a trainee's own folder, which nothing overwrites
`server`       JupyterLab, set up for a course and for no network
`views`        pictures: the topology, ladders, the table of checks
============== ==================================================================

Imports nothing heavy by itself; ``load_ipython_extension`` makes it ``%load_ext ipv6lab.notebook``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give an IPython kernel the labs' magics, and ``lab`` as a name for the Python calls."""
    from ipv6lab.notebook.kernel_extension import load

    load(shell)
