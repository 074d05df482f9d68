import os
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mnist_exp.notebook import Page
from tests.browser import CHROMIUM, browser_page

CONTENT = '<!doctype html><title>a "b"</title><script>document.title = "ran & shown"</script><p>é < ü</p>'


class Frames(HTMLParser):
    """The attributes of each frame."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [dict(attrs)] if tag == "iframe" else []


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(CONTENT, encoding="utf-8")
    return Page(path)


def test_a_frame_holds_the_whole_page_unchanged(page):
    (frame,) = Frames(page._repr_html_()).found
    assert (frame["srcdoc"], frame["title"]) == (CONTENT, "page.html")


def test_a_page_can_be_used_as_its_path(page):
    assert Path(page) == page.path
    assert os.fspath(page) == str(page.path)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt-get install chromium)")
def test_the_scripts_of_the_page_run_in_the_frame(page):
    with browser_page() as opened:
        opened.page.set_content(page._repr_html_())
        frame = opened.page.frames[1]
        frame.wait_for_function("document.title === 'ran & shown'")
        assert frame.text_content("p") == "é < ü"
        assert opened.console == []
