"""The server: what it answers, and what it refuses."""

import json
import socket
from base64 import b64decode, b64encode
from dataclasses import replace
from http.client import HTTPConnection

import numpy as np
import pytest
from werkzeug.exceptions import BadRequest

from mnist_exp.data.datasets import load
from mnist_exp.playground.networks import Playground
from mnist_exp.playground.server import MAX_BODY, PAGE, SIDE, Server
from tests.digits.strokes import draw
from tests.factories import data_config

SEVEN = b64encode(draw(7, 11, side=SIDE).tobytes()).decode()
BODY = {"network": "cnn", "inspected": 0, "pixels": SEVEN}


def sender(address):
    """A function that sends a request, with exactly these headers, and returns status, headers and body."""
    host, port = address.removeprefix("http://").split(":")

    def send(method, path, body=None, **headers):
        connection = HTTPConnection(host, int(port), timeout=20)
        connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
        raw = json.dumps(body).encode() if isinstance(body, dict) else body
        usual = {"Content-Type": "application/json", "Content-Length": str(len(raw))} if raw is not None else {}
        for name, value in (usual | {k.replace("_", "-"): v for k, v in headers.items()}).items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(raw)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, response.headers, content

    return send


@pytest.fixture
def send(address):
    return sender(address)


@pytest.fixture
def send_to_trained(trained_address):
    return sender(trained_address)


@pytest.mark.slow
def test_a_drawing_is_answered_with_the_prediction_of_every_activation(send_to_trained):
    status, headers, body = send_to_trained("POST", "/answer", BODY)
    answer = json.loads(body)
    assert (status, headers["Content-Type"], answer["found"], answer["label"]) == (200, "application/json", True, None)
    assert [int(np.argmax(prediction["probabilities"])) for prediction in answer["predictions"]] == [7, 7]
    assert all(0 <= prediction["silent_share"] <= 1 for prediction in answer["predictions"])
    assert len(b64decode(answer["pixels"])) == 28 * 28
    conv1, conv2, dense1 = answer["layers"]
    assert (len(b64decode(conv1["maps"])), conv1["units"], conv1["height"]) == (8 * 26 * 26, 8, 26)
    assert (len(b64decode(conv2["maps"])), conv2["units"], conv2["height"]) == (16 * 11 * 11, 16, 11)
    assert dense1["units"] == 64


@pytest.mark.slow
def test_the_layers_are_those_of_the_inspected_network(send_to_trained):
    bodies = [send_to_trained("POST", "/answer", BODY | {"inspected": i})[2] for i in (0, 1)]
    first, second = map(json.loads, bodies)
    assert first["predictions"] == second["predictions"]
    assert [layer["name"] for layer in first["layers"]] == [layer["name"] for layer in second["layers"]]
    minima = [answer["layers"][0]["minimum"] for answer in (first, second)]
    description = json.loads(send_to_trained("GET", "/networks")[2])
    names = [arm["name"] for arm in description["networks"][0]["arms"]]
    assert minima[names.index("relu")] == 0
    assert minima[names.index("mish")] == pytest.approx(-0.3, abs=0.05)  # the minimum of mish is -0.309


def test_an_empty_drawing_has_no_digit(send):
    blank = BODY | {"pixels": b64encode(bytes(SIDE * SIDE)).decode()}
    assert json.loads(send("POST", "/answer", blank)[2]) == {"found": False}


def test_a_test_digit_is_used_unchanged_and_has_its_label(send):
    _, test_set = load(data_config())
    answer = json.loads(send("POST", "/answer", {"network": "cnn", "inspected": 1, "test_index": 5})[2])
    assert answer["label"] == str(test_set.labels[5])
    assert b64decode(answer["pixels"]) == test_set.images[5].tobytes()


def test_the_networks_are_listed(send):
    description = json.loads(send("GET", "/networks")[2])
    assert {arm["name"] for arm in description["networks"][0]["arms"]} == {"relu", "mish"}
    (network,) = description["networks"]
    assert (network["test_size"], network["data"]) == (1000, "the test set of mnist5k")
    assert network["classes"] == [str(digit) for digit in range(10)]


def test_the_page_loads_nothing_from_elsewhere(send):
    for path, (_, kind) in PAGE.items():
        status, headers, body = send("GET", path)
        assert (status, headers["Content-Type"]) == (200, f"{kind}; charset=utf-8")
        assert b"http:" not in body
        assert b"https:" not in body
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; ")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in headers


BAD_BODIES = {
    "incomplete JSON": (b"{", 400, "not JSON"),
    "no UTF-8": (b"\xff\xfe\x00", 400, "not JSON"),
    "a list": (b"[]", 400, "JSON object"),
    "nested too deep": (b'{"a":' + b"[" * 200_000, 400, "not JSON"),
    "an empty object": ({}, 400, "network is not one"),
    "an unknown network": (BODY | {"network": "../cnn"}, 400, "network is not one"),
    "a network that is a list": (BODY | {"network": ["cnn"]}, 400, "network is not one"),
    "an index too large": (BODY | {"inspected": 2}, 400, "inspected must be a whole number from 0 to 1"),
    "a negative index": (BODY | {"inspected": -1}, 400, "whole number"),
    "an index that is true": (BODY | {"inspected": True}, 400, "whole number"),
    "an index that is no whole number": (BODY | {"inspected": 0.5}, 400, "whole number"),
    "no pixels": ({"network": "cnn", "inspected": 0}, 400, "base64"),
    "pixels as numbers": (BODY | {"pixels": [0] * SIDE * SIDE}, 400, "base64"),
    "pixels that are not base64": (BODY | {"pixels": "ü" * 100}, 400, "base64"),
    "too few pixels": (BODY | {"pixels": SEVEN[:400]}, 400, "140×140"),
    "too many pixels": (BODY | {"pixels": b64encode(bytes(SIDE * SIDE + 3)).decode()}, 400, "140×140"),
    "a test index too large": (
        {"network": "cnn", "inspected": 0, "test_index": 1000},
        400,
        "test_index must be a whole number from 0 to 999",
    ),
    "a test index that is a path": (
        {"network": "cnn", "inspected": 0, "test_index": "/etc/passwd"},
        400,
        "whole number",
    ),
    "a body over 1 MB": (b" " * (MAX_BODY + 1), 413, "larger than 1 MB"),
}


@pytest.mark.parametrize(("body", "status", "message"), BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_bad_body_is_answered_with_one_line(send, body, status, message):
    got, _, content = send("POST", "/answer", body)
    answer = json.loads(content)
    assert (got, list(answer)) == (status, ["error"])
    assert message in answer["error"]
    assert "\n" not in answer["error"]


def test_without_a_test_set_a_test_index_is_refused(playground):
    without = Playground({"cnn": replace(playground.networks["cnn"], test_set=None)})
    server = Server(without, "127.0.0.1", 7007)
    with pytest.raises(BadRequest, match="no test images"):
        server.answer({"network": "cnn", "inspected": 0, "test_index": 0})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "text/plain"}, 400),  # what a form of another site could send without permission
        ({"Content_Length": None}, 411),
        ({"Content_Length": "-5"}, 400),
        ({"Content_Length": "many"}, 400),
        ({"Content_Length": None, "Transfer_Encoding": "chunked"}, 411),
    ],
    ids=str,
)
def test_a_body_without_its_type_or_length_is_refused(send, headers, status):
    assert send("POST", "/answer", BODY, **headers)[0] == status


def test_a_body_with_a_huge_length_is_refused_before_it_arrives(address):
    host, port, length = *address.removeprefix("http://").split(":"), 99_999_999_999
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(
            f"POST /answer HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {length}\r\n\r\n".encode()
        )
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100).split()[1] == b"413"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1"}, 403),  # without a port it means port 80
        ({"Host": "127.0.0.1.evil.example:80"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/", "/networks", "/answer"])
def test_foreign_hosts_and_origins_are_refused(send, path, headers, status):
    method, body = ("POST", BODY) if path == "/answer" else ("GET", None)
    assert send(method, path, body, **headers)[0] == status


def test_the_page_itself_and_localhost_are_accepted(address, send):
    assert send("POST", "/answer", BODY, Origin=address)[0] == 200
    port = address.rpartition(":")[2]
    local = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
    assert send("POST", "/answer", BODY, **local)[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/page.html", "/server.py",
     "/..%2fserver.py", "/page.css/../server.py", "/static/..\\server.py", "/page.css%00", "/favicon.ico"],
)  # fmt: skip
def test_no_path_leads_to_a_file(send, path):
    status, _, body = send("GET", path)
    assert (status, list(json.loads(body))) == (404, ["error"])


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("GET", "/answer"), ("PUT", "/networks"), ("DELETE", "/"), ("TRACE", "/answer")]
)
def test_other_methods_are_refused(send, method, path):
    status, headers, _ = send(method, path)
    assert status == 405
    assert headers["Allow"]
