"""The report of one graded folder as files.

===============  ===========================================================
``report.html``  the page, for people
``report.json``  the results, for programs
``picture.svg``  the network, light or dark as the reader's system is
``picture.png``  the network, for documents
``evidence/``    one capture for each check that has packets
===============  ===========================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ipv6lab.reports import evidence, report_page, svg
from ipv6lab.reports.graded import Result
from ipv6lab.reports.picture import picture
from ipv6lab.reports.say import Translate
from ipv6lab.reports.topology import Topology
from ipv6lab.words.errors import LabError
from ipv6lab.words.jsontext import as_json
from ipv6lab.words.message import _

EVIDENCE = "evidence"


def write_report(
    directory: str | Path,
    results: Result,
    topology: Mapping[str, Any] | Topology,
    tr: Translate,
    lang: str,
    states: Mapping[str, str] | None = None,
) -> Path:
    """Write all files into a folder, which is made if need be; the path of the page.

    Raises LabError where the folder cannot be written.
    """
    folder = Path(directory)
    network = topology if isinstance(topology, Topology) else Topology.from_json(topology)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        captures = evidence.write(results["checks"], folder / EVIDENCE)
        _write(
            folder / "report.json",
            as_json(results, indent=1, default=_plain) + "\n",
        )
        _write(folder / "picture.svg", svg.standalone(network, tr, states))
        picture(network, folder / "picture.png", "png", states=states)
        names = {path.name: f"{EVIDENCE}/{path.name}" for path in captures}
        links = {
            str(check["id"]): names[evidence.file_name(check)]
            for check in results["checks"]
            if evidence.file_name(check) in names
        }
        _write(
            folder / "report.html",
            report_page.html(results, network, tr, lang, captures=links, states=states),
        )
    except OSError as error:
        raise LabError(
            _(
                "The report cannot be written to {folder} ({reason}): name another folder, "
                "or make room there.",
                folder=str(folder),
                reason=error.strerror or str(error),
            )
        ) from error
    return folder / "report.html"


def names(folders: Sequence[str]) -> list[str]:
    """A name of its own for the report of each folder.

    The folder's, and where that is not enough (everybody's is called ``work``) those above it.

    >>> names(["class/an/work", "class/binh/work", "other/chi"])
    ['an-work', 'binh-work', 'chi']
    """
    paths = [Path(folder).resolve().parts[1:] or ("folder",) for folder in folders]
    depth = [1] * len(paths)
    while True:
        found = ["-".join(path[-many:]) for path, many in zip(paths, depth, strict=True)]
        alike = [
            index
            for index, name in enumerate(found)
            if found.count(name) > 1 and depth[index] < len(paths[index])
        ]
        if not alike:
            break
        for index in alike:
            depth[index] += 1
    # What is still alike is the same folder, given twice.
    return [
        f"{name}-{before + 1}" if (before := found[:index].count(name)) else name
        for index, name in enumerate(found)
    ]


def _write(path: Path, content: str) -> None:
    # Names out of old archives may be no UTF-8.
    path.write_text(content, encoding="utf-8", errors="backslashreplace")


def _plain(value: Any) -> Any:
    """Messages as their JSON; everything else in results is JSON already."""
    return value.to_json()
