"""Web pages, from a server of our own in a node's network namespace."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from ipv6lab.network.namespace import entered
from ipv6lab.probes import Failed, Record
from ipv6lab.probes.asks import browsing
from tests.probes.stage import Stage, isolated

NAME = "www.agency.example"


def ready():
    stage = Stage()
    stage.forward()
    stage.address("pc1", "eth0", stage.plan["staff.network"] + "11/64", nodad=True)
    stage.route("pc1", "::/0", stage.plan["staff.router"])
    stage.settle()
    stage.lab.record = Record(time.monotonic() + 20)
    return stage


@contextmanager
def server(stage, address, pages):
    """A web server on app; `pages` has status, further headers and body by path."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with entered(stage.namespace("app")):
        listener = socket.create_server((address, 80), family=family)
    asked = []

    def serve():
        while True:
            try:
                client, _origin = listener.accept()
            except OSError:
                return
            with client:
                request = client.recv(65536).decode()
                asked.append(request)
                status, headers, body = pages.get(request.split()[1], (404, "", ""))
                head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
                client.sendall((head + body).encode())

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield asked
    finally:
        listener.close()


@isolated
def test_a_page_of_either_family_by_name():
    stage = ready()
    pc1 = stage.lab.node("pc1")
    for address in (stage.plan["app.address"], stage.plan["app.address4"]):
        with server(stage, address, {"/x?y=1": (200, "X-Proof: 1\r\n", "hello")}) as asked:
            found = browsing.get(pc1, f"http://{NAME}/x?y=1", address)
        assert (found.status, found.body, found.headers["x-proof"]) == (200, b"hello", "1")
        assert found.node == "app"
        assert f"Host: {NAME}\r\n" in asked[0]


@isolated
def test_a_refusal_names_who_refused():
    stage = ready()
    with pytest.raises(Failed) as caught:
        browsing.get(stage.lab.node("pc1"), f"http://{NAME}/", stage.plan["app.address4"])
    assert caught.value.message.text.startswith("{last} refuses a connection")
    assert caught.value.message.values["last"] == "app"


@isolated
def test_a_page_is_loaded_with_all_its_parts():
    stage = ready()
    address = stage.plan["app.address"]
    html = "Content-Type: text/html\r\n"
    pages = {
        "/": (301, f"Location: http://{NAME}/start\r\n", ""),
        "/start": (
            200,
            html,
            '<link rel="stylesheet" href="a.css"><img src="http://192.0.2.8/b.png">'
            '<script src="/none.js"></script><a href="/elsewhere">x</a>',
        ),
        "/a.css": (200, "Content-Type: text/css\r\n", "p { background: url('c.png') }"),
        "/c.png": (200, "", "c"),
    }
    with server(stage, address, pages):
        objects = browsing.load(stage.lab.node("pc1"), f"http://{NAME}/", lambda name: [address])
    assert {one.url.rpartition("/")[2]: one.loaded for one in objects} == {
        "": True,
        "a.css": True,
        "b.png": False,
        "none.js": False,
        "c.png": True,
    }
    lost = next(one for one in objects if one.url.endswith("b.png"))
    assert lost.failure.text.endswith("it leads to no IPv{family} address.")


@isolated
def test_a_certificate_is_taken_only_for_its_name():
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here to make a certificate")
    stage = ready()
    address = stage.plan["app.address"]
    key, own = stage.folder / "key.pem", stage.folder / "certificate.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            f"/CN={NAME}",
            "-addext",
            f"subjectAltName=DNS:{NAME}",
            "-keyout",
            str(key),
            "-out",
            str(own),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, key)
    with entered(stage.namespace("app")):
        listener = socket.create_server((address, 443), family=socket.AF_INET6)

    def serve():
        while True:
            try:
                client, _origin = listener.accept()
                with context.wrap_socket(client, server_side=True) as secured:
                    secured.recv(65536)
                    secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            except ssl.SSLError:
                continue
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    pc1 = stage.lab.node("pc1")
    with listener:
        response = browsing.get(pc1, f"https://{NAME}/", address)
        seen = response.certificate
        asked = ["openssl", "pkey", "-in", str(key), "-pubout", "-outform", "DER"]
        assert response.public_key == subprocess.run(asked, check=True, capture_output=True).stdout
        assert browsing.get(pc1, f"https://{NAME}/", address, trust=seen).body == b"ok"
        with pytest.raises(Failed) as caught:
            browsing.get(pc1, "https://other.example/", address, trust=seen)
    assert caught.value.message.text.startswith("{node} does not trust {url}")
