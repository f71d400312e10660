"""Sites that are good, and sites that lie: name servers, web and mail of example.net on one node.

Runs on a node by ``python3 -c``, with the certificate and key (PEM) of good sites and of one for
another name in argv; says "ready" when all listen. Asks nothing of the engine.
"""

import contextlib
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

SIX, FOUR = "2001:db8:a::1", "192.0.2.1"
SERVERS = ("2001:db8:a::53", "2001:db8:a::54")
ULA = "fd00:a::1"
PAGE = "<html><body>" + "The agency's page. " * 200 + "</body></html>"
AAAA = {
    "ns1": SERVERS[0], "ns2": SERVERS[1], "mail": SIX, "good": SIX, "loop": "::1", "ula": ULA,
    "mapped": "::ffff:192.0.2.1", "redirect": SIX, "other": SIX, "endless": SIX, "cert": SIX,
    "silent": SIX, "drip": SIX, "parts": SIX, "away": "2001:db8:dead::1", "inward": SIX,
}  # fmt: skip


def records(name, kind):
    host, _dot, zone = name.rstrip(".").lower().partition(".")
    if name == "example.net." and kind == "NS":
        return ["ns1.example.net.", "ns2.example.net."]
    if zone != "example.net":
        return []
    if kind == "AAAA" and host in AAAA:
        return [AAAA[host]]
    if kind == "A" and ((host in AAAA and not host.startswith("ns")) or host == "only4"):
        return [FOUR]
    return ["10 mail.example.net."] if kind == "MX" and host == "good" else []


def answer(wire):
    import dns.message
    import dns.rdatatype
    import dns.rrset

    query = dns.message.from_wire(wire)
    reply = dns.message.make_response(query)
    asked = query.question[0]
    kind = dns.rdatatype.to_text(asked.rdtype)
    if found := records(str(asked.name), kind):
        reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *found))
    return reply.to_wire()


def names(sock):
    while True:
        with contextlib.suppress(Exception):
            wire, origin = sock.recvfrom(4096)
            sock.sendto(answer(wire), origin)


def page(sock, origin):
    request = sock.recv(65536).decode("latin-1")
    host = request.partition("Host: ")[2].partition(".")[0]
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    if host == "redirect":
        head, body = "HTTP/1.1 302 X\r\nLocation: http://only4.example.net/\r\n", ""
    elif host == "inward":
        head, body = "HTTP/1.1 302 X\r\nLocation: http://[::1]/\r\n", ""
    elif host == "other" and not origin.startswith("::ffff:"):
        body = "<html>Under construction</html>"
    elif host == "parts":
        body = PAGE + '<img src="http://only4.example.net/logo.png">'
    elif host == "endless":
        sock.sendall((head + "\r\n").encode())
        while True:
            sock.sendall(PAGE.encode())
    elif host == "drip":
        sock.sendall((head + "\r\n").encode())
        while True:
            sock.sendall(b".")
            time.sleep(0.5)
    elif host == "silent":
        sock.recv(1)  # until the asker gives up
        return
    else:
        body = PAGE
    sock.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())


def talk(sock, origin, tls):
    with contextlib.suppress(Exception), sock:
        page(tls.wrap_socket(sock, server_side=True) if tls else sock, origin)


def web(listener, tls):
    while True:
        sock, origin = listener.accept()
        threading.Thread(target=talk, args=(sock, origin[0], tls), daemon=True).start()


def context(name, pem):
    file = f"/tmp/{name}.pem"
    with open(file, "w") as out:
        out.write(pem)
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(file)
    return found


def main(good, foreign):
    for one in (SIX, ULA, *SERVERS, FOUR):
        length = "32" if one == FOUR else "128"
        subprocess.run(["ip", "address", "add", f"{one}/{length}", "dev", "lo"], check=True)
    for server in SERVERS:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.bind((server, 53))
        threading.Thread(target=names, args=(sock,), daemon=True).start()
    tls, other = context("good", good), context("foreign", foreign)

    def choose(sock, host, _context):
        if host == "cert.example.net":
            sock.context = other

    tls.sni_callback = choose
    for port in (80, 443, 25):
        listener = socket.create_server(
            ("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64
        )
        arguments = (listener, tls if port == 443 else None)
        threading.Thread(target=web, args=arguments, daemon=True).start()
    print("ready", flush=True)
    signal.pause()  # the lab ends it


if __name__ == "__main__":
    main(*sys.argv[1:])
