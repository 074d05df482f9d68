"""The page's server. It answers from memory: no path leads to a file, and it writes nothing that it receives.

Host and Origin are checked, because a page of another site, open in the same browser, could send requests too.
"""

import json
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from werkzeug import Request, Response
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, LengthRequired, MethodNotAllowed, NotFound
from werkzeug.exceptions import RequestEntityTooLarge as TooLarge

from mnist_exp.digits.handwriting import find_digits
from mnist_exp.playground.hosts import is_own_host
from mnist_exp.playground.networks import Playground
from mnist_exp.playground.values import Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SIDE = 140  # pixels of a drawing, each way
MAX_BODY = 1_000_000  # bytes
HERE = Path(__file__).parent
PAGE = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/draw.js": ("draw.js", "text/javascript"),
    "/layers.js": ("layers.js", "text/javascript"),
    "/answers.js": ("answers.js", "text/javascript"),
}
HEADERS = {
    # The page may load only its own scripts, styles and data, and no other page may show it in a frame.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Server:
    """A WSGI application for one playground at one address."""

    def __init__(self, playground: Playground, host: str, port: int) -> None:
        self.playground, self.host, self.port = playground, host, port
        self.page = {path: ((HERE / file).read_bytes(), kind) for path, (file, kind) in PAGE.items()}
        self.lock = Lock()  # one drawing at a time: two at once would both be late

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self.dispatch(request)
        except HTTPException as error:
            response = _json({"error": error.description}, error.code or 500)
            if isinstance(error, MethodNotAllowed):
                response.headers["Allow"] = ", ".join(error.valid_methods or ())
        response.headers.update(HEADERS)
        return response(environ, start_response)

    def dispatch(self, request: Request) -> Response:
        """The response to a request. Raises HTTPException for one that is refused."""
        self.check_host(request)
        if request.path in self.page:
            _check_method(request, "GET", "HEAD")
            body, kind = self.page[request.path]
            return Response(body, content_type=f"{kind}; charset=utf-8")
        if request.path == "/networks":
            _check_method(request, "GET", "HEAD")
            return _json(asdict(self.playground.describe()))
        if request.path == "/answer":
            _check_method(request, "POST")
            answer = self.answer(_json_body(request))
            return _json({"found": False} if answer is None else {"found": True, **asdict(answer)})
        raise NotFound("This server has only the page at / and the data that the page requests.")

    def check_host(self, request: Request) -> None:
        """Refuse a request that does not come from our own page, opened at an address of this server."""
        host = request.headers.get("Host", "")
        if not is_own_host(host, self.host, self.port):
            raise Forbidden(f"Host {host[:100]!r} is not this server.")
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"http://{host}":
            raise Forbidden(f"Pages of {origin[:100]!r} may not use this server.")

    def answer(self, body: Mapping[str, object]) -> Answer | None:
        """What the networks predict for a drawing or a test image; None if nothing is drawn."""
        network = body.get("network")
        if not isinstance(network, str) or network not in self.playground.networks:
            raise BadRequest("network is not one of those listed under /networks.")
        inspected = _index("inspected", body.get("inspected"), len(self.playground.networks[network].arms))
        with self.lock:
            if "test_index" in body:
                pixels, label = self.test_image(network, body["test_index"])
                return self.playground.answer(network, inspected, pixels, label)
            digits = find_digits(decode_drawing(body.get("pixels")), several=False)
            return self.playground.answer(network, inspected, digits[0].pixels) if digits else None

    def test_image(self, network: str, index: object) -> tuple[np.ndarray, int]:
        """The unchanged pixels (28, 28) of an image in the network's test set, and its label."""
        test_set = self.playground.networks[network].test_set
        if test_set is None:
            raise BadRequest("There are no test images.")
        i = _index("test_index", index, len(test_set.labels))
        return test_set.images[i].reshape(test_set.images.shape[1:3]), int(test_set.labels[i])


def decode_drawing(pixels: object) -> np.ndarray:
    """The grey values of a drawing that was sent as base64. Raises BadRequest."""
    if not isinstance(pixels, str):
        raise BadRequest("pixels must be base64 text.")
    try:
        raw = b64decode(pixels, validate=True)
    except ValueError as error:
        raise BadRequest("pixels must be base64 text.") from error
    if len(raw) != SIDE * SIDE:
        raise BadRequest(f"pixels must be {SIDE}×{SIDE} bytes.")
    return np.frombuffer(raw, np.uint8).reshape(SIDE, SIDE).astype(np.float64)


def _check_method(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise MethodNotAllowed(methods, f"{request.path} accepts {' and '.join(methods)}.")


def _json_body(request: Request) -> dict[str, object]:
    if request.content_length is None:
        raise LengthRequired("Content-Length is missing.")
    if request.content_length > MAX_BODY:
        raise TooLarge(f"The body is larger than {MAX_BODY // 1_000_000} MB.")
    if request.mimetype != "application/json":
        raise BadRequest("Content-Type must be application/json.")
    try:
        body = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return body


def _index(name: str, value: object, size: int) -> int:
    if type(value) is not int or not 0 <= value < size:
        raise BadRequest(f"{name} must be a whole number from 0 to {size - 1}.")
    return value


def _json(content: object, status: int = 200) -> Response:
    return Response(json.dumps(content, allow_nan=False), status, content_type="application/json")
