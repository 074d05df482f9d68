"""Chromium, controlled through two pipes by Chrome's DevTools protocol, with real mouse, touch and key events."""

import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TIMEOUT = 30  # seconds


class Browser:
    """One headless browser with one page."""

    def __init__(self, profile: Path) -> None:
        browser_input, self._to = os.pipe()
        self._from, browser_output = os.pipe()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        flags += [f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
        # Chromium reads commands from descriptor 3 and writes answers to 4.
        redirect = f'exec "$0" "$@" 3<&{browser_input} 4>&{browser_output}'
        self.process = subprocess.Popen(
            ["bash", "-c", redirect, str(CHROMIUM), *flags],
            pass_fds=(browser_input, browser_output),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(browser_input)
        os.close(browser_output)
        self._read, self._count, self._session = b"", 0, None
        self.console_errors: list[str] = []  # and warnings
        targets = self.command("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.command("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.command(f"{domain}.enable")

    def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command of the protocol and return its result."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        message |= {"sessionId": self._session} if self._session else {}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (received := self._receive()).get("id") != self._count:
            self._collect_error(received)
        assert "error" not in received, received
        return received["result"]

    def _receive(self) -> dict[str, Any]:
        deadline = time.monotonic() + TIMEOUT
        while b"\0" not in self._read:
            ready, *_ = select.select([self._from], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self._from, 1 << 20) if ready else b""
            if not part:
                raise TimeoutError("the browser does not answer")
            self._read += part
        message, _, self._read = self._read.partition(b"\0")
        return json.loads(message)

    def _collect_error(self, received: dict[str, Any]) -> None:
        params = received.get("params", {})
        if received.get("method") == "Runtime.exceptionThrown":
            self.console_errors.append(params["exceptionDetails"].get("exception", {}).get("description", "exception"))
        if received.get("method") == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.console_errors.append(params["entry"]["text"])
        if received.get("method") == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.console_errors.append(str(params["args"]))

    def open(self, address: str, width: int = 1200, height: int = 900, dark: bool = False, touch: bool = False) -> None:
        """Open an address in a window of this size and wait until it is loaded."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 2 if touch else 1, "mobile": touch}
        self.command("Emulation.setDeviceMetricsOverride", **metrics)
        self.command("Emulation.setTouchEmulationEnabled", enabled=touch)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.command("Emulation.setEmulatedMedia", features=scheme)
        self.command("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        response = self.command("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in response, response
        return response["result"].get("value")

    def wait(self, script: str) -> Any:
        """Evaluate an expression until its value is true; return that value."""
        deadline = time.monotonic() + TIMEOUT
        while not (value := self.evaluate(script)):
            assert time.monotonic() < deadline, f"did not become true: {script}"
            time.sleep(0.05)
        return value

    def stroke(self, points: list[tuple[float, float]], touch: bool = False) -> None:
        """Draw a line through points, given as shares of the width and height of the canvas."""
        box = self.evaluate(
            "(r => [r.x, r.y, r.width, r.height])(document.querySelector('#canvas').getBoundingClientRect())"
        )
        at = [(box[0] + x * box[2], box[1] + y * box[3]) for x, y in points]
        kinds = ["touchStart" if touch else "mousePressed"] + ["touchMove" if touch else "mouseMoved"] * (len(at) - 1)
        for kind, (x, y) in zip(kinds, at, strict=True):
            if touch:
                self.command("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y}])
            else:
                self.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)
        if touch:
            self.command("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        else:
            self.command("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1)

    def key(self, name: str, times: int = 1) -> None:
        """Press and release a key."""
        text = {"text": " ", "key": " "} if name == "Space" else {"key": name}
        for _ in range(times):
            self.command("Input.dispatchKeyEvent", type="keyDown", code=name, **text)
            self.command("Input.dispatchKeyEvent", type="keyUp", code=name, key=text["key"])

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._to)
        os.close(self._from)
