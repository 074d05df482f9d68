"""Pages in a real browser: Chromium, driven by Playwright, and the rules of axe-core."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
TIMEOUT = 30  # seconds
DESKTOP, PHONE, PHONE_SIDEWAYS = (1400, 900), (390, 844), (844, 390)
needs_chromium = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt-get install chromium)"),
]

# Pairs of elements that cover each other although neither contains the other.
OVERLAPS = """selector => {
  const shown = [...document.querySelectorAll(selector)].filter(e => e.checkVisibility())
    .map(e => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width > 0 && r.height > 0);
  const found = [];
  for (const [a, r] of shown) for (const [b, s] of shown) {
    if (a === b || a.contains(b) || b.contains(a) || !(a.compareDocumentPosition(b) & 4)) continue;
    const width = Math.min(r.right, s.right) - Math.max(r.left, s.left);
    const height = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
    if (width > 1 && height > 1) found.push(`${a.outerHTML.slice(0, 80)} / ${b.outerHTML.slice(0, 80)}`);
  }
  return found;
}"""


@dataclass
class Opened:
    """A page in the browser, with everything that it wrote to the console."""

    page: Page
    console: list[str] = field(default_factory=list)

    def overlaps(self, selector: str) -> list[str]:
        """Pairs of visible elements that cover each other."""
        return self.page.evaluate(OVERLAPS, selector)

    def wait(self, script: str) -> Any:
        """Evaluate an expression until its value is true. Works on pages whose policy forbids eval."""
        deadline = time.monotonic() + TIMEOUT
        while not (value := self.page.evaluate(script)):
            assert time.monotonic() < deadline, f"did not become true: {script}"
            self.page.wait_for_timeout(30)
        return value

    def scrolls_sideways(self) -> bool:
        return self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")

    def serious_faults(self) -> list[str]:
        """What axe-core finds of serious or critical impact: the rule and the elements."""
        self.page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{rule['id']}: {node['html'][:120]}"
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]


@contextmanager
def browser_page(
    size: tuple[int, int] = DESKTOP, *, dark: bool = False, touch: bool = False, **options: Any
) -> Iterator[Opened]:
    """A new page in a browser of its own, in a window of this size; `options` are Playwright's for a context."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            has_touch=touch,
            **options,
        )
        opened = Opened(context.new_page())
        opened.page.on("console", lambda message: opened.console.append(message.text))
        opened.page.on("pageerror", lambda error: opened.console.append(str(error)))
        yield opened
        browser.close()
