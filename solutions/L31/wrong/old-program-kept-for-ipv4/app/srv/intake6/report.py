#!/usr/bin/python3
"""The log of Intake, a line for each request, and the report of a day that is made from it."""

import json
import re
import sys
import time

from clients import client

LOG = "/var/log/intake.log"
LINE = re.compile(r'(\S+) (\S+) (\S+) "([^"]*)" (\d+)')


def write(who, method, path, status):
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(f'{time.strftime("%F %T")} {who} "{method} {path}" {status}\n')


def of(day):
    """How many requests there were on a day, of each protocol, and of how many clients."""
    counted, clients = {4: 0, 6: 0}, set()
    with open(LOG, encoding="utf-8") as log:
        for line in log:
            found = LINE.match(line)
            if not found or found[1] != day:
                continue
            try:
                address = client(found[3])
            except ValueError:
                continue  # before 2.4 IPv6 clients were cut at their first colon
            counted[address.version] += 1
            clients.add(address)
    return {
        "day": day,
        "requests": sum(counted.values()),
        "ipv4": counted[4],
        "ipv6": counted[6],
        "clients": len(clients),
    }


if __name__ == "__main__":
    print(json.dumps(of(sys.argv[1] if len(sys.argv) > 1 else time.strftime("%F"))))
