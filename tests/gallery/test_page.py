"""The page of activation functions in Chromium."""

import re
from dataclasses import replace

import pytest

from mnist_exp.gallery.cost import Cost
from mnist_exp.gallery.functions import functions
from mnist_exp.gallery.page import write_page
from mnist_exp.gallery.table import computed
from tests.browser import DESKTOP, PHONE, browser_page, needs_chromium
from tests.gallery.conftest import OWN

pytestmark = needs_chromium
NUMBER = re.compile(r"-?(\d.*|Infinity)")
VIEWS = {
    "desktop": {"size": DESKTOP},
    "desktop dark": {"size": DESKTOP, "dark": True},
    "phone": {"size": PHONE, "touch": True},
    "phone dark": {"size": PHONE, "dark": True},
}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of the catalogue and of three of one's own; the costs are made up."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "own.py").write_text(OWN)
    rows = computed(functions([f"{folder}/own.py:{name}" for name in ("Snake", "stairs", "exp")]))
    for place, row in enumerate(rows):
        made_up = Cost(1 + place / 7, 1 + place / 3)
        rows[place] = replace(row, costs={"fp32": made_up, "bf16": made_up})
    write_page(folder / "activations.html", rows)
    return folder / "activations.html"


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_wrong_with_the_page(page, view):
    with browser_page(**VIEWS[view], offline=True) as browser:
        browser.page.goto(page.as_uri())
        assert browser.page.locator("#functions tbody tr:visible").count() == 43
        assert browser.page.locator("svg.sketch .value").count() == 43
        assert browser.console == []
        assert not browser.scrolls_sideways()
        assert browser.overlaps("h1, h2, header p, .filters, #functions thead th, dl div") == []
        assert browser.serious_faults() == []


def test_every_column_sorts_with_the_keyboard_both_ways(page):
    with browser_page(DESKTOP, offline=True) as browser:
        browser.page.goto(page.as_uri())
        heads = browser.page.locator("#functions th[aria-sort]")
        assert heads.count() == 16
        column = "(rows, i) => rows.map(row => row.cells[i].dataset.value)"
        for head in heads.all():
            place = head.evaluate("head => head.cellIndex")
            found = []
            for direction in ("ascending", "descending"):
                head.locator("button").press("Enter")
                assert head.get_attribute("aria-sort") == direction
                values = browser.page.locator("#functions tbody tr").evaluate_all(column, place)
                present = [value for value in values if value != ""]
                assert values[: len(present)] == present  # missing values are last
                # Of texts only the first letter: Python and browsers disagree about underscores.
                found.append([float(value) if NUMBER.fullmatch(value) else value[0].lower() for value in present])
            assert found == [sorted(found[0]), sorted(found[0], reverse=True)], head.inner_text()


def test_the_filter_finds_words_of_properties(page):
    with browser_page(DESKTOP, offline=True) as browser:
        browser.page.goto(page.as_uri())
        for words, count in (("learned", 7), ("C1 monotone", 5), ("dead", 8), ("relu", 1), ("own:Snake", 1)):
            browser.page.fill("#filter", words)
            assert browser.page.inner_text("#count") == f"{count} of 43 functions", words
        assert browser.page.locator("#functions tbody tr:visible small").inner_text().startswith("x + sin²(x) <script>")


def test_the_name_stays_in_view_when_the_table_scrolls(page):
    with browser_page(PHONE, offline=True) as browser:
        browser.page.goto(page.as_uri())
        browser.page.evaluate("document.querySelector('.scroll').scrollLeft = 700")
        name = browser.page.locator("#functions tbody th >> nth=0").bounding_box()
        assert 0 <= name["x"] < 30
        assert name["width"] < PHONE[0] / 2
