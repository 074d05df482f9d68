"""A real browser at the end of two pipes (Chrome's DevTools protocol): real mouse, finger and keys."""

import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 30  # seconds


class Browser:
    def __init__(self, profile: Path) -> None:
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        flags += [f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
        # Chromium reads its orders from descriptor 3 and answers on 4.
        move = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self.process = subprocess.Popen(
            ["bash", "-c", move, str(CHROMIUM), *flags],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._read, self._count, self._session = b"", 0, None
        self.complaints: list[str] = []  # of the page's console
        targets = self.order("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.order("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.order(f"{domain}.enable")

    def order(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        message |= {"sessionId": self._session} if self._session else {}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (heard := self._hear()).get("id") != self._count:
            self._note(heard)
        assert "error" not in heard, heard
        return heard["result"]

    def _hear(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._read:
            ready, *_ = select.select([self._from], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self._from, 1 << 20) if ready else b""
            if not part:
                raise TimeoutError("the browser does not answer")
            self._read += part
        message, _, self._read = self._read.partition(b"\0")
        return json.loads(message)

    def _note(self, heard: dict[str, Any]) -> None:
        params = heard.get("params", {})
        if heard.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(params["exceptionDetails"].get("exception", {}).get("description", "exception"))
        if heard.get("method") == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.complaints.append(params["entry"]["text"])
        if heard.get("method") == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.complaints.append(str(params["args"]))

    def open(self, address: str, width: int = 1200, height: int = 900, dark: bool = False, touch: bool = False) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 2 if touch else 1, "mobile": touch}
        self.order("Emulation.setDeviceMetricsOverride", **metrics)
        self.order("Emulation.setTouchEmulationEnabled", enabled=touch)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.order("Emulation.setEmulatedMedia", features=scheme)
        self.order("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def ask(self, script: str) -> Any:
        told = self.order("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def wait(self, script: str) -> Any:
        """Until the page finds it true."""
        deadline = time.monotonic() + PATIENCE
        while not (found := self.ask(script)):
            assert time.monotonic() < deadline, f"never true: {script}"
            time.sleep(0.05)
        return found

    def stroke(self, points: list[tuple[float, float]], finger: bool = False) -> None:
        """Along the points, given as shares of the canvas's width and height."""
        box = self.ask(
            "(r => [r.x, r.y, r.width, r.height])(document.querySelector('#canvas').getBoundingClientRect())"
        )
        at = [(box[0] + x * box[2], box[1] + y * box[3]) for x, y in points]
        kinds = ["touchStart" if finger else "mousePressed"] + ["touchMove" if finger else "mouseMoved"] * (len(at) - 1)
        for kind, (x, y) in zip(kinds, at, strict=True):
            if finger:
                self.order("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y}])
            else:
                self.order("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)
        if finger:
            self.order("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        else:
            self.order("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1)

    def key(self, name: str, times: int = 1) -> None:
        text = {"text": " ", "key": " "} if name == "Space" else {"key": name}
        for _ in range(times):
            self.order("Input.dispatchKeyEvent", type="keyDown", code=name, **text)
            self.order("Input.dispatchKeyEvent", type="keyUp", code=name, key=text["key"])

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._to)
        os.close(self._from)
