"""Runs on a node: how many milliseconds pass until each link that it makes has its rate."""

MEASURE = r"""
import socket, struct, subprocess, sys, time
watch = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
watch.bind((0, 1 | 1 << 3))  # RTNLGRP_LINK, RTNLGRP_TC
watch.settimeout(5)
taken = []
for turn in range(10):
    subprocess.Popen(["ip", "link", "add", "g0", "type", "veth", "peer", "g1"]).wait()
    made, bound = {}, {}
    try:
        while len(bound) < 2:
            data = watch.recv(65536)
            now = time.monotonic()
            at = 0
            while at < len(data):
                length, kind = struct.unpack_from("IH", data, at)
                if kind == 16:
                    made.setdefault(struct.unpack_from("i", data, at + 20)[0], now)
                if kind == 36 and b"tbf\0" in data[at:at + length]:
                    index = struct.unpack_from("i", data, at + 20)[0]
                    if index in made:
                        bound.setdefault(index, now)
                at += length + 3 & ~3
    except TimeoutError:
        pass
    taken += [1000 * (bound[one] - made[one]) for one in bound]
    subprocess.run(["ip", "link", "delete", "g0"])
    time.sleep(0.05)
    watch.setblocking(False)
    try:
        while True:
            watch.recv(65536)
    except BlockingIOError:
        watch.settimeout(5)
print(len(taken), *(round(one, 1) for one in sorted(taken)))
"""
