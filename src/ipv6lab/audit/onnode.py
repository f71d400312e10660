"""Where an audit begins on a node: names by the command line, JSON on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from ipv6lab.audit.asking import Client
from ipv6lab.audit.criteria import audit

RESOLVERS = "/etc/resolv.conf"


def resolvers(file: str = RESOLVERS) -> list[str]:
    """The name servers that a machine is set to ask."""
    return list(_named(file))


def _named(file: str) -> Iterator[str]:
    try:
        with open(file, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                words = line.split()
                if len(words) > 1 and words[0] == "nameserver":
                    yield words[1]
    except OSError:
        return


def main(words: list[str]) -> None:
    """``SERVER,… NAME…``; an empty first word means the node's own name servers."""
    servers = [one for one in words[0].split(",") if one] or resolvers()
    client = Client(servers, lab=True)
    for name in words[1:]:
        print(json.dumps(audit(client, name).to_json()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
