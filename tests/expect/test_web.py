"""What makes two answers of a site the same, and which addresses a log tells."""

from ipaddress import ip_address

import pytest

from ipv6lab.expect import web as judged
from ipv6lab.probes import Failed
from ipv6lab.probes.asks.browsing import Response

URL = "https://www.agency.example/"
HEADERS = {"content-type": "text/html", "x-frame-options": "DENY", "date": "now"}


def response(source="192.0.2.1", status=200, headers=None, body=b"<p>page</p>" * 50, url=URL):
    given = {**HEADERS, **(headers or {})}
    kept = {name: value for name, value in given.items() if value is not None}
    return Response(url, "www", ip_address(source), status, kept, body, None)


def said(**six):
    with pytest.raises(Failed) as caught:
        judged._same(six.get("url", URL), response(), response("2001:db8::1", **six))
    return caught.value.message.text


def test_what_differs_by_nature_does_not_count():
    own = {"date": "later", "etag": "1", "x-you-are": "2001:db8::1", "connection": "close"}
    judged._same(
        URL, response(headers={"x-you-are": "192.0.2.1"}), response("2001:db8::1", headers=own)
    )


@pytest.mark.parametrize(
    ("six", "sentence"),
    [
        ({"status": 404}, "gives status"),
        ({"headers": {"x-frame-options": None}}, "different headers"),
        ({"headers": {"x-frame-options": "SAMEORIGIN"}}, "different headers"),
        ({"headers": {"x-powered-by": "PHP"}}, "different headers"),
        ({"body": b"Welcome to nginx!" * 40}, "another page"),
    ],
)
def test_what_has_to_be_the_same(six, sentence):
    assert sentence in said(**six)


def test_a_redirect_leads_to_the_same_place_and_port():
    def leads(source, port):
        headers = {"location": f"https://www.agency.example{port}/a"}
        return response(source, 301, headers, b"", "http://www.agency.example/a")

    judged._same(URL, leads("192.0.2.1", ""), leads("2001:db8::1", ""))
    with pytest.raises(Failed):
        judged._same(URL, leads("192.0.2.1", ""), leads("2001:db8::1", ":8443"))


def test_addresses_in_a_line_of_a_log():
    line = '::ffff:192.0.2.7 - [30/Nov/2026:02:00:00] "GET /a HTTP/1.1" 200 2001:DB8::A'
    assert {str(one) for one in judged.mentioned(line)} == {"192.0.2.7", "2001:db8::a"}
