"""The study's page in Chromium: what a reader sees, points at, clicks and hears."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnist_exp.runs.files import FIGURES, write_flow, write_predictions, write_probes
from mnist_exp.runs.learned import write_shapes
from mnist_exp.study.write import write_study
from tests.browser import DESKTOP, PHONE, browser_page, needs_chromium
from tests.factories import arms, record, study_config

pytestmark = needs_chromium
IMAGES = 200
NOISE = (-0.004, 0.003, 0.001, -0.002, 0.004, 0.0, -0.003)
# Parts that must not cover one another.
PARTS = (
    "h1, h2, h3, .answer, .sentence, .how, .panel:not(.unchosen) .plot, .legend button, .next, .command code, .copy, "
    "nav a, .pictures li"
)
VIEWS = {
    "desktop": {"size": DESKTOP},
    "desktop dark": {"size": DESKTOP, "dark": True},
    "phone": {"size": PHONE, "touch": True},
    "phone dark, still": {"size": PHONE, "dark": True, "reduced_motion": "reduce"},
}


def with_files(run, folder):
    """The run with predictions, probes and a figure, as a real one has them."""
    made = replace(run, run_dir=folder / f"{run.model}_{run.activation}_{run.seed}")
    (made.run_dir / FIGURES).mkdir(parents=True)
    (made.run_dir / FIGURES / "confusion.png").touch()
    labels = np.arange(IMAGES) % 10
    predicted = np.where(np.arange(IMAGES) < IMAGES * (1 - made.test_acc), (labels + 1) % 10, labels)
    write_predictions(made.run_dir, labels, np.eye(10)[predicted])
    shared = {"activation_mean": 0.1, "activation_sd": 0.1, "dead": 0.1 * made.seed, "saturated": 0.2}
    layers = {"conv1": 0.01, "dense1": 0.1}
    rows = [{"step": s, "layer": name, "gradient_norm": g, **shared} for s in (0, 9) for name, g in layers.items()]
    write_probes(made.run_dir, rows)
    if run.activation == "mish":  # as if it had learned its function in both layers
        curve = [{"x": x, "mean": x, "low": x - 1, "high": x + made.seed} for x in (-1.0, 0.0, 1.0)]
        write_shapes(made.run_dir, [{"step": s, "layer": name} | p for s in (0, 9) for name in layers for p in curve])
    write_flow(made.run_dir, [{"layer": name, "mean_square": 0.02, "gradient_norm": g} for name, g in layers.items()])
    return made


def sweep(networks, seeds, **tests):
    """Runs of every network, with learning curves."""
    return [
        replace(
            run,
            model=model,
            test_acc=run.test_acc + 0.01 * place + NOISE[(run.seed * len(run.activation)) % len(NOISE)],
            overrides=[f"model={model}", f"model.activation={run.activation}", f"seed={run.seed}"],
            history=[{"epoch": e, "val_acc": 0.9 - 0.2 / e, "train_loss": 1 / e} for e in range(1, 6)],
        )
        for place, model in enumerate(networks)
        for run in arms(seeds, **tests)
    ]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The page of a study of four runs."""
    folder = tmp_path_factory.mktemp("study") / "small"
    runs = [with_files(run, folder) for run in sweep(["cnn", "mlp"], 1, relu=0.0, mish=0.01)]
    write_study(folder, runs, study_config())
    return folder / "report.html"


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """The page of a study of 250 runs, one of which failed, with names that are no HTML."""
    folder = tmp_path_factory.mktemp("study") / "large"
    folder.mkdir()
    tests = {"relu": 0.0, "mish": 0.002, "tanh": 0.001, "sigmoid": -0.01, "<script>./own.py:Snake": 0.0005}
    runs = sweep(["cnn", "cnn_deep", "mlp", "mlp_deep", "own_network"], 10, **tests)
    lost = record("gelu", status="failed", val=None, test=None, error="</script><script>alert(1)</script>")
    write_study(folder, [*runs[:-1], lost], study_config())
    return folder / "report.html"


@pytest.fixture(params=["small", "large"])
def page(request) -> Path:
    return request.getfixturevalue(request.param)


def opened(view):
    """The page in one of the views, without a network."""
    return browser_page(**VIEWS[view], offline=True)


def go(browser, page):
    browser.page.goto(page.as_uri())
    browser.page.wait_for_selector("html[data-drawn]", timeout=60_000)


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_wrong_with_the_page(page, view):
    with opened(view) as browser:
        go(browser, page)
        assert browser.console == []
        assert not browser.scrolls_sideways()
        assert browser.overlaps(PARTS) == []
        assert browser.serious_faults() == []
        plots = browser.page.locator(".plot")
        assert plots.count() > 6
        assert all(plot.locator("svg").count() == 1 for plot in plots.all())
        wide = "all => all.filter(p => p.querySelector('svg').getBoundingClientRect().width > p.clientWidth + 1).length"
        assert plots.evaluate_all(wide) == 0
        assert browser.page.locator("[role=graphics-document][aria-label]").count() == plots.count()


def test_the_first_screen_has_question_answer_chart_and_what_to_type(page):
    with opened("desktop") as browser:
        go(browser, page)
        for part in ("h1", ".answer", "#means .sentence", "#means .panels", ".next h2", ".next .command >> nth=0"):
            box = browser.page.locator(part).bounding_box()
            assert box["y"] >= 0, part
            assert box["y"] + box["height"] <= DESKTOP[1], part


def test_the_table_of_runs_sorts_and_filters(large):
    with opened("desktop") as browser:
        go(browser, large)
        rows = browser.page.locator("#runs tbody tr:visible")
        head = browser.page.locator("#runs th", has_text="test, %")
        column = "rows => rows.map(row => row.cells[4].dataset.value).filter(Boolean).map(Number)"
        head.locator("button").click()
        up = rows.evaluate_all(column)
        assert head.get_attribute("aria-sort") == "ascending"
        head.locator("button").press("Enter")
        assert up == sorted(up)
        assert rows.evaluate_all(column) == up[::-1]
        browser.page.fill("#filter", "mlp_deep tanh")
        assert rows.count() == 10
        assert browser.page.inner_text("#count") == "10 of 250 runs"
        browser.page.fill("#filter", "mlp")  # a whole word: not mlp_deep
        assert browser.page.inner_text("#count").startswith("50 of ")
        browser.page.fill("#filter", "mnist_exp")  # only in the commands
        assert browser.page.inner_text("#count") == "0 of 250 runs: no row has all of these words"


def test_a_tap_shows_the_numbers_and_the_runs_are_another_tap_away(small):
    with opened("phone") as browser:
        go(browser, small)
        browser.page.locator("#means .plot >> nth=0").locator("svg .mark-symbol path >> nth=0").tap()
        tapped = browser.page.locator("#means .tapped")
        assert "n 1 · mean 90.60 %" in tapped.inner_text()
        assert not browser.page.locator("#chosen").is_visible()
        tapped.locator("button").tap()
        assert browser.page.inner_text("#count") == "1 of 4 runs"
        browser.page.locator("#chosen .back").tap()
        assert abs(browser.page.evaluate("document.querySelector('#means').getBoundingClientRect().top")) < 300


def test_a_point_says_its_numbers_and_a_click_shows_its_runs(large):
    with opened("desktop") as browser:
        go(browser, large)
        point = browser.page.locator("#means .plot >> nth=0").locator("svg .mark-symbol path >> nth=0")
        point.hover()
        hint = browser.page.locator("#vg-tooltip-element")
        hint.wait_for(state="visible")
        text = hint.inner_text()
        cut = "all => all.filter(c => c.scrollHeight > c.clientHeight + 1 || c.scrollWidth > c.clientWidth + 1).length"
        assert hint.locator("td").evaluate_all(cut) == 0
        assert [
            word for word in ("cnn, mish", "n", "10", "mean", "over seeds", "python -m mnist_exp") if word not in text
        ] == []
        point.click()
        assert browser.page.inner_text("#count") == "10 of 250 runs"
        assert browser.page.inner_text("#chosen b") == "cnn, mish"
        browser.page.wait_for_function("document.querySelector('#runs-title').getBoundingClientRect().top < 300")
        browser.page.click("#chosen button")
        assert browser.page.inner_text("#count") == "250 of 250 runs"
        assert not browser.page.locator("#chosen").is_visible()


def test_the_keyboard_shows_the_runs_of_a_row_of_a_charts_table(large):
    with opened("phone dark, still") as browser:
        go(browser, large)
        browser.page.locator("#means summary").press("Enter")
        browser.page.locator("#means [data-groups] >> nth=0").press("Enter")
        assert browser.page.inner_text("#count") == "10 of 250 runs"
        assert browser.page.evaluate("document.activeElement.textContent") == "Clear filter"
        assert browser.page.evaluate("document.querySelector('#runs-title').getBoundingClientRect().top") < 300


def test_a_legend_switches_an_arm_off_and_on(small):
    with opened("desktop") as browser:
        go(browser, small)
        points = browser.page.locator("#val_acc svg .mark-symbol path")
        before = points.count()
        button = browser.page.locator("#val_acc .legend button >> nth=0")
        button.press("Space")
        assert button.get_attribute("aria-pressed") == "false"
        browser.page.wait_for_function(
            "n => document.querySelectorAll('#val_acc svg .mark-symbol path').length === n", arg=before // 2
        )
        button.press("Space")
        browser.page.wait_for_function(
            "n => document.querySelectorAll('#val_acc svg .mark-symbol path').length === n", arg=before
        )


def test_one_network_of_many_pairs_is_shown_at_a_time_and_printed_with_the_others(large):
    with opened("desktop") as browser:
        go(browser, large)
        shown = "panels => panels.filter(p => getComputedStyle(p).visibility === 'visible').length"
        panels = browser.page.locator("#pairs .panel")
        assert panels.evaluate_all(shown) == 1
        browser.page.select_option("#pairs select", label="mlp")
        assert browser.page.locator("#pairs .panel:not(.unchosen) .panel-title").inner_text() == "mlp"
        browser.page.emulate_media(media="print")
        assert panels.evaluate_all(shown) == panels.count() == 5


def test_the_command_is_copied(small):
    with browser_page(DESKTOP, permissions=["clipboard-read", "clipboard-write"]) as browser:
        go(browser, small)
        button = browser.page.locator(".next .copy >> nth=0")
        command = browser.page.locator(".next code >> nth=0").inner_text()
        assert command.startswith("python -m mnist_exp -m ")
        button.click()
        browser.wait("['Copied', 'Selected'].includes(document.querySelector('.next .copy').textContent)")


def test_a_page_of_250_runs_is_small_and_opens_soon(large):
    assert large.stat().st_size < 3_000_000
    with opened("desktop") as browser:
        started = time.perf_counter()
        browser.page.goto(large.as_uri())
        browser.page.wait_for_selector("#means .plot[data-drawn]")
        assert time.perf_counter() - started < 6  # 1.5 on a quiet machine
