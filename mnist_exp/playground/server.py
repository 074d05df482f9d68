"""The page's server. It answers from memory alone: no path leads to a file, nothing it is sent is written anywhere.

A page of another site that is open in the same browser could otherwise ask it too: hence Host and Origin are checked.
"""

import binascii
import ipaddress
import json
from base64 import b64decode
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from werkzeug import Request, Response
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, LengthRequired, MethodNotAllowed, NotFound
from werkzeug.exceptions import RequestEntityTooLarge as TooLarge

from mnist_exp.digits.handwriting import find_digits
from mnist_exp.playground.networks import Playground

SIDE = 140  # pixels of a drawing either way
MOST = 1_000_000  # bytes of a body
HERE = Path(__file__).parent
PAGE = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/draw.js": ("draw.js", "text/javascript"),
    "/answers.js": ("answers.js", "text/javascript"),
}
HEADERS = {
    # Only its own script, style and data; framed by nobody.
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

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self.respond(request)
        except HTTPException as refused:
            response = _json({"error": refused.description}, refused.code or 500)
            if isinstance(refused, MethodNotAllowed):
                response.headers["Allow"] = ", ".join(refused.valid_methods or ())
        response.headers.update(HEADERS)
        return response(environ, start_response)

    def respond(self, request: Request) -> Response:
        self.check(request)
        if request.path in self.page:
            _only(request, "GET", "HEAD")
            body, kind = self.page[request.path]
            return Response(body, content_type=f"{kind}; charset=utf-8")
        if request.path == "/networks":
            _only(request, "GET", "HEAD")
            return _json(self.playground.describe())
        if request.path == "/answer":
            _only(request, "POST")
            return _json(self.answer(_body(request)))
        raise NotFound("There is nothing here but / and what its page asks for.")

    def check(self, request: Request) -> None:
        """Refuse what does not come from our own page, under the name it was opened by."""
        host = request.headers.get("Host", "")
        if not ours(host, self.host, self.port):
            raise Forbidden(f"Host {host[:100]!r} is not this server.")
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"http://{host}":
            raise Forbidden(f"Pages of {origin[:100]!r} may not ask this server.")

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        network, chosen = asked.get("network"), asked.get("chosen")
        if not isinstance(network, str) or network not in self.playground.arms:
            raise BadRequest("network is none of those listed under /networks.")
        chosen = _index("chosen", chosen, len(self.playground.arms[network]))
        with self.lock:
            pixels, label = self.image(asked)
            if pixels is None:
                return {"found": False}
            return {"found": True, "label": label, **self.playground.answer(network, chosen, pixels)}

    def image(self, asked: dict[str, Any]) -> tuple[np.ndarray | None, int | None]:
        """What the networks are to see: a test digit as it is, or a drawing prepared like any picture."""
        test = self.playground.test
        if "test" in asked:
            i = _index("test", asked["test"], 0 if test is None else len(test.labels))
            assert test is not None
            return test.images[i], int(test.labels[i])
        digits = find_digits(drawing(asked.get("pixels")), several=False)
        return (digits[0].pixels if digits else None), None


def ours(host: str, bound: str, port: int) -> bool:
    """Is this Host header one of ours? Beyond loopback any address will do, a name only if we were told it.

    A foreign page can make its own name lead here (DNS rebinding), but never an address.
    """
    name, _, after = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if (name and after != str(port)) or (not name and port != 80):
        return False
    name = (name or host).strip("[]").lower()
    if name in ("localhost", "127.0.0.1", "::1", bound.lower()):
        return True
    try:
        return not is_loopback(bound) and bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def drawing(pixels: Any) -> np.ndarray:
    try:
        raw = b64decode(pixels, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise BadRequest("pixels are to be base64.") from error
    if len(raw) != SIDE * SIDE:
        raise BadRequest(f"pixels are to be {SIDE}×{SIDE} bytes.")
    return np.frombuffer(raw, np.uint8).reshape(SIDE, SIDE).astype(np.float64)


def _only(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise MethodNotAllowed(methods, f"{request.path} takes {' and '.join(methods)}.")


def _body(request: Request) -> dict[str, Any]:
    if request.content_length is None:
        raise LengthRequired("Content-Length is missing.")
    if request.content_length > MOST:
        raise TooLarge(f"The body is larger than {MOST // 1_000_000} MB.")
    if request.mimetype != "application/json":
        raise BadRequest("Content-Type is to be application/json.")
    try:
        asked = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is no JSON.") from error
    if not isinstance(asked, dict):
        raise BadRequest("The body is to be a JSON object.")
    return asked


def _index(name: str, value: Any, size: int) -> int:
    if type(value) is not int or not 0 <= value < size:
        raise BadRequest(f"{name} is to be a whole number below {size}.")
    return value


def _json(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content, allow_nan=False), status, content_type="application/json")
