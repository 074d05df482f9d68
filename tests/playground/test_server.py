"""The server, asked what it should answer and what it should not."""

import json
import socket
from base64 import b64decode, b64encode
from http.client import HTTPConnection

import numpy as np
import pytest

from mnist_exp.playground.server import MOST, PAGE, SIDE, ours
from tests.digits.strokes import draw

SEVEN = b64encode(draw(7, 11, side=SIDE).tobytes()).decode()
ASKED = {"network": "cnn", "chosen": 0, "pixels": SEVEN}


@pytest.fixture
def ask(address):
    """Status, headers and body of the answer to a request, its headers exactly as given."""
    host, port = address.removeprefix("http://").split(":")

    def asked(method, path, body=None, **headers):
        connection = HTTPConnection(host, int(port), timeout=20)
        connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
        raw = json.dumps(body).encode() if isinstance(body, dict) else body
        usual = {"Content-Type": "application/json", "Content-Length": str(len(raw))} if raw is not None else {}
        for name, value in (usual | {k.replace("_", "-"): v for k, v in headers.items()}).items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(raw)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers, content

    return asked


def test_a_drawing_is_answered_by_every_activation(ask):
    status, headers, body = ask("POST", "/answer", ASKED)
    told = json.loads(body)
    assert (status, headers["Content-Type"], told["found"], told["label"]) == (200, "application/json", True, None)
    assert [int(np.argmax(answer["probabilities"])) for answer in told["answers"]] == [7, 7]
    assert all(0 <= answer["silent"] <= 1 for answer in told["answers"])
    assert len(b64decode(told["seen"])) == 28 * 28
    conv1, conv2, dense1 = told["layers"]
    assert (len(b64decode(conv1["maps"])), conv1["units"], conv1["high"]) == (8 * 26 * 26, 8, 26)
    assert (len(b64decode(conv2["maps"])), conv2["units"], conv2["high"]) == (16 * 11 * 11, 16, 11)
    assert dense1["units"] == 64


def test_the_chosen_network_is_the_one_looked_into(ask):
    first, second = (json.loads(ask("POST", "/answer", ASKED | {"chosen": i})[2]) for i in (0, 1))
    assert first["answers"] == second["answers"]
    assert [layer["name"] for layer in first["layers"]] == [layer["name"] for layer in second["layers"]]
    lowest = [told["layers"][0]["range"][0] for told in (first, second)]
    names = [arm["name"] for arm in json.loads(ask("GET", "/networks")[2])["networks"][0]["arms"]]
    assert lowest[names.index("relu")] == 0  # as relu's values are
    assert lowest[names.index("mish")] == pytest.approx(-0.3, abs=0.05)


def test_an_empty_drawing_is_no_digit(ask):
    blank = ASKED | {"pixels": b64encode(bytes(SIDE * SIDE)).decode()}
    assert json.loads(ask("POST", "/answer", blank)[2]) == {"found": False}


def test_a_test_digit_is_seen_as_it_is(ask):
    from mnist_exp.data.datasets import load

    _, test = load("mnist5k", "")
    told = json.loads(ask("POST", "/answer", {"network": "cnn", "chosen": 1, "test": 5})[2])
    assert told["label"] == test.labels[5]
    assert b64decode(told["seen"]) == test.images[5].tobytes()


def test_the_networks_are_listed(ask):
    told = json.loads(ask("GET", "/networks")[2])
    assert {arm["name"] for arm in told["networks"][0]["arms"]} == {"relu", "mish"}
    assert (told["tests"], told["data"]) == (1000, "the test set of mnist5k")


def test_the_page_loads_nothing_from_elsewhere(ask):
    for path, (_, kind) in PAGE.items():
        status, headers, body = ask("GET", path)
        assert (status, headers["Content-Type"]) == (200, f"{kind}; charset=utf-8")
        assert b"http:" not in body
        assert b"https:" not in body
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; ")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in headers


BAD = {
    "no JSON": (b"{", 400, "no JSON"),
    "no text": (b"\xff\xfe\x00", 400, "no JSON"),
    "a list": (b"[]", 400, "JSON object"),
    "nested too deep": (b'{"a":' + b"[" * 200_000, 400, "no JSON"),
    "nothing in it": ({}, 400, "network is none"),
    "no such network": (ASKED | {"network": "../cnn"}, 400, "network is none"),
    "a network that is a list": (ASKED | {"network": ["cnn"]}, 400, "network is none"),
    "an activation too many": (ASKED | {"chosen": 2}, 400, "chosen is to be a whole number below 2"),
    "a negative one": (ASKED | {"chosen": -1}, 400, "whole number"),
    "a true one": (ASKED | {"chosen": True}, 400, "whole number"),
    "half of one": (ASKED | {"chosen": 0.5}, 400, "whole number"),
    "no pixels": ({"network": "cnn", "chosen": 0}, 400, "base64"),
    "pixels as numbers": (ASKED | {"pixels": [0] * SIDE * SIDE}, 400, "base64"),
    "pixels that are no base64": (ASKED | {"pixels": "ü" * 100}, 400, "base64"),
    "too few pixels": (ASKED | {"pixels": SEVEN[:400]}, 400, "140×140"),
    "too many pixels": (ASKED | {"pixels": b64encode(bytes(SIDE * SIDE + 3)).decode()}, 400, "140×140"),
    "no such test digit": (
        {"network": "cnn", "chosen": 0, "test": 1000},
        400,
        "test is to be a whole number below 1000",
    ),
    "a test digit that is a path": ({"network": "cnn", "chosen": 0, "test": "/etc/passwd"}, 400, "whole number"),
    "a body over 1 MB": (b" " * (MOST + 1), 413, "larger than 1 MB"),
}


@pytest.mark.parametrize(("body", "status", "answer"), BAD.values(), ids=BAD)
def test_a_bad_question_is_answered_in_one_line(ask, body, status, answer):
    got, _, content = ask("POST", "/answer", body)
    told = json.loads(content)
    assert (got, list(told)) == (status, ["error"])
    assert answer in told["error"]
    assert "\n" not in told["error"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "text/plain"}, 400),  # what another site's form could send without asking
        ({"Content_Length": None}, 411),
        ({"Content_Length": "-5"}, 400),
        ({"Content_Length": "many"}, 400),
        ({"Content_Length": None, "Transfer_Encoding": "chunked"}, 411),
    ],
    ids=str,
)
def test_a_body_must_say_what_and_how_long_it_is(ask, headers, status):
    assert ask("POST", "/answer", ASKED, **headers)[0] == status


def test_a_body_that_is_said_to_be_huge_is_not_waited_for(address):
    host, port, length = *address.removeprefix("http://").split(":"), 99_999_999_999
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(
            f"POST /answer HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {length}\r\n\r\n".encode()
        )
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100).split()[1] == b"413"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1"}, 403),  # another port's
        ({"Host": "127.0.0.1.evil.example:80"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/", "/networks", "/answer"])
def test_foreign_hosts_and_origins_are_refused(ask, path, headers, status):
    method, body = ("POST", ASKED) if path == "/answer" else ("GET", None)
    assert ask(method, path, body, **headers)[0] == status


def test_our_own_origin_is_not_foreign(address, ask):
    assert ask("POST", "/answer", ASKED, Origin=address)[0] == 200
    port = address.rpartition(":")[2]
    local = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
    assert ask("POST", "/answer", ASKED, **local)[0] == 200


@pytest.mark.parametrize(
    ("host", "bound", "expected"),
    [
        ("127.0.0.1:7007", "127.0.0.1", True),
        ("LOCALHOST:7007", "127.0.0.1", True),
        ("[::1]:7007", "::1", True),
        ("192.168.1.7:7007", "127.0.0.1", False),
        ("192.168.1.7:7007", "0.0.0.0", True),  # a phone's way in, once we were told to listen everywhere
        ("rebound.example:7007", "0.0.0.0", False),
        ("desk.local:7007", "desk.local", True),
        ("127.0.0.1:7008", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1", False),
    ],
)
def test_which_hosts_are_ours(host, bound, expected):
    assert ours(host, bound, 7007) is expected


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/page.html", "/server.py",
     "/..%2fserver.py", "/page.css/../server.py", "/static/..\\server.py", "/page.css%00", "/favicon.ico"],
)  # fmt: skip
def test_no_path_leads_to_a_file(ask, path):
    status, _, body = ask("GET", path)
    assert (status, list(json.loads(body))) == (404, ["error"])


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("GET", "/answer"), ("PUT", "/networks"), ("DELETE", "/"), ("TRACE", "/answer")]
)
def test_other_methods_are_refused(ask, method, path):
    status, headers, _ = ask(method, path)
    assert status == 405
    assert headers["Allow"]
