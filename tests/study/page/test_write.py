import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from mnist_exp.config.schema import ImageFacts
from mnist_exp.study.page.provenance import facts, protocol, provenance
from mnist_exp.study.page.write import paragraphs, write_page
from mnist_exp.study.write import write_study
from tests.factories import VEHICLES, arms, grid, record, study_config
from tests.study.setups import one_source

EVIL = "</script><script>alert('1')</script>\"é"


@pytest.fixture(scope="module")
def my_grid(tmp_path_factory):
    """The folder of a study, one of whose runs has a figure."""
    folder = tmp_path_factory.mktemp("study") / "my_grid"
    folder.mkdir()
    runs = grid()
    (folder / "a run" / "figures").mkdir(parents=True)
    (folder / "a run" / "figures" / "confusion.png").touch()
    write_study(folder, [replace(runs[0], run_dir=folder / "a run"), *runs[1:]], study_config())
    return folder


@pytest.fixture(scope="module")
def page(my_grid):
    return (my_grid / "report.html").read_text()


def without_scripts(page):
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_the_page_needs_no_other_file(page):
    links = re.findall(r"""(?:src|href)=["'](?!#)([^"']+)|url\((?!#)([^)]+)\)|@import""", without_scripts(page))
    assert [link[0] for link in links if not link[0].startswith("data:")] == ["a%20run/figures/confusion.png"]
    assert len(page) < 3_000_000


def test_every_run_has_a_row_with_its_command_and_failures_are_listed(page):
    assert page.count("<tr data-status=") == 14
    assert page.count('<tr data-status="ok"') == 12
    assert "2 of 14 runs have no results" in page
    assert "failed (&lt;no &amp; memory&gt;)" in page
    assert "missing (did not end)" in page
    assert "python -m mnist_exp model.activation=relu seed=0" in page


def test_every_chart_has_a_sentence_and_a_table(page):
    charts = re.findall(r'<section class="chart[^"]*" id="(\w+)".*?</section>', page, re.DOTALL)
    assert charts == ["means", "pairs", "ranking", "cost", "val_acc"]
    assert page.count('<p class="sentence">') == len(charts)
    assert page.count('<details class="data">') == len(charts)


def test_the_confusion_matrix_of_a_cell_is_the_sum_over_its_seeds(page):
    assert "cnn relu on mnist, n = 3" in page
    assert page.count("<optgroup label=") == 2  # the networks of the list to choose from
    assert page.count('<td class="correct">15</td>') == 4 * 10


class Names(HTMLParser):
    """The elements of a page, without what is inside scripts."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, _attributes):
        self.found.append(tag)


@pytest.mark.parametrize(
    "runs",
    [
        [record(status="failed", val=None, test=None)],
        [record()],
        [record(test=0.1, val=0.1)],
        arms(3, relu=0.0, mish=0.0),
        [record(f"./own.py:Own{i}", seed, test=0.9 + i / 1000) for i in range(30) for seed in range(2)],
        [replace(run, model=f"net{i}") for i in range(12) for run in arms(2, relu=0.0, mish=0.01)],
        [record(name, lr=lr, test=0.9 + lr) for name in ("relu", "mish") for lr in (0.01, 0.02)],
    ],
    ids=["failed", "one", "chance", "equal", "30 arms", "12 networks", "rates"],
)
def test_studies_of_every_kind_have_a_page(tmp_path, runs):
    text = write_study(tmp_path, runs, study_config())
    assert "report.html is not written" not in text
    assert (tmp_path / "report.html").read_text().count("<tr data-status=") == len(runs)


def test_names_are_text(tmp_path):
    runs = [replace(run, model=EVIL, error=EVIL, activation=EVIL + run.activation) for run in arms(2, relu=0, mish=0.1)]
    assert "report.html is not written" not in write_study(tmp_path, runs, study_config())
    names = Names()
    names.feed((tmp_path / "report.html").read_text())
    assert names.found.count("script") == 4  # two of data, Vega, and ours


def test_one_epoch_is_no_curve(tmp_path):
    write_page(tmp_path, grid(), [], [], "")
    assert "Every run has one epoch, so there is no curve" in (tmp_path / "report.html").read_text()


def test_a_page_of_a_thousand_runs_is_written_in_ten_seconds(tmp_path):
    history = [{"epoch": epoch, "val_acc": 1 - 1 / epoch, "train_loss": 1 / epoch} for epoch in range(1, 11)]
    tests = {f"own{i}": i / 1000 for i in range(10)}
    runs = [replace(run, model=f"net{i}", history=history) for i in range(10) for run in arms(10, **tests)]
    started = time.perf_counter()
    write_page(tmp_path, runs, [], [], "")
    assert time.perf_counter() - started < 10
    assert len(runs) == 1000


def test_confusion_matrices_have_the_names_of_the_classes(tmp_path):
    images = ImageFacts(shape=[3, 32, 32], classes=VEHICLES, mean=[0.5] * 3, std=[0.5] * 3)
    write_page(tmp_path, [replace(run, config=replace(run.config, images=images)) for run in grid()], [], [], "")
    page = (tmp_path / "report.html").read_text()
    (table, *_) = re.findall(r'<table class="confusion long-names">.*?</table>', page, re.DOTALL)
    assert re.findall(r'<th scope="col"><span>(.*?)</span></th>', table) == VEHICLES
    assert re.findall(r'<th scope="row">(.*?)</th>', table) == VEHICLES


def test_the_provenance_names_data_machine_and_software():
    text = " · ".join(provenance([record(versions={"python": "3.11", "torch": "2.15", "commit": "abc"})]))
    assert text.startswith("data: mnist · 1 of 1 runs · on cpu, 32-true · a processor, 2 cores · ")
    assert "torch 2.15" in text
    assert "commit abc" in text


def test_the_facts_name_the_time_readably_and_the_networks_of_each_precision():
    runs = [record(started="2026-11-29T20:36:00+00:00"), record(model="mlp", precision="bf16-mixed")]
    found = dict(facts(runs[:1]))
    assert (found["First run started"], found["Precision"]) == ("2026-11-29 20:36 UTC", "32-true")
    assert dict(facts(runs))["Precision"] == "32-true (cnn), bf16-mixed (mlp)"


def test_negative_numbers_have_a_minus_and_names_keep_their_hyphen(tmp_path):
    write_page(tmp_path, [record()], [], [], "cnn: mish by -0.16 [-0.2, 0.1] (max-T, bf16-mixed, 2026-11-29)")
    text = (tmp_path / "report.html").read_text()
    assert "mish by −0.16 [−0.2, 0.1] (max-T, bf16-mixed, 2026-11-29)" in text


def test_a_study_of_variance_lists_all_of_its_runs(tmp_path):
    runs = [run for source in ("weights", "order", "all") for run in one_source(source, [0.90, 0.92, 0.93])]
    assert "report.html is not written" not in write_study(tmp_path, runs, study_config())
    page = (tmp_path / "report.html").read_text()
    assert page.count("<tr data-status=") == 9
    assert "9 of 9 finished" in page
    assert "seeds.weights" in page


def test_the_facts_leave_out_what_is_not_known():
    found = dict(facts([record(versions={"python": "3.11"}), record(seed=1, status="failed")]))
    assert found["Runs"] == "1 of 2 finished"
    assert found["Training, all runs"] == "4 seconds"
    assert "Commit" not in found
    assert len(protocol([])) == 3


def test_a_line_is_a_heading_and_indented_lines_belong_to_it():
    assert paragraphs("cnn: open\n  b\n! d: e\n  f") == [
        ("cnn", ["open", "b"]),
        ("Warnings", ["d: e", "f"]),
    ]
    assert paragraphs("a:\n  b") == [("a", ["b"])]
    assert paragraphs("") == []
