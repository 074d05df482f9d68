import re
from dataclasses import replace

import pytest

from mnist_exp.config.schema import ImageFacts
from mnist_exp.study.comparisons import compare
from mnist_exp.study.page import headline, paragraphs, provenance
from mnist_exp.study.write import write_study
from tests.factories import VEHICLES, arms, grid, measured, record, study_config


@pytest.fixture(scope="module")
def my_grid(tmp_path_factory):
    """The folder of a study."""
    folder = tmp_path_factory.mktemp("study") / "my_grid"
    folder.mkdir()
    write_study(folder, grid(), study_config())
    return folder


@pytest.fixture(scope="module")
def page(my_grid):
    return (my_grid / "report.html").read_text()


def test_the_page_loads_no_other_file(page):
    links = re.findall(r"""(?:src|href)=["'](?!#)([^"']+)|url\((?!#)([^)]+)\)|@import""", page)
    assert [link for link in links if not link[0].startswith("data:")] == []
    assert len(page) < 5_000_000


def test_every_run_has_a_row_with_its_command_and_failures_are_listed(page):
    assert page.count("<tr data-status=") == 14
    assert page.count('<tr data-status="ok"') == 12
    assert "2 of 14 runs have no results" in page
    assert "failed (&lt;no &amp; memory&gt;)" in page
    assert "missing (did not end)" in page
    assert "python -m mnist_exp model.activation=relu seed=0" in page


def test_the_figures_are_in_the_page_and_beside_it(page, my_grid):
    names = {"heat_map", "ranked", "pairs", "critical_difference", "time"}
    assert set(re.findall(r'<figure id="(\w+)">', page)) == names
    assert {path.stem for path in (my_grid / "figures").glob("*.png")} == names
    assert page.count('<svg role="img" aria-label="') == len(names)


def test_the_confusion_matrix_of_a_cell_is_the_sum_over_its_seeds(page):
    assert "cnn relu on mnist, n = 3" in page
    assert page.count('<td class="correct">15</td>') == 4 * 10


def test_the_headline_is_the_best_on_validation_whatever_its_test_accuracy():
    runs = [record("relu", seed, test=0.99, val=0.9) for seed in range(2)]
    runs += [record("mish", seed, test=0.5, val=0.95) for seed in range(2)]
    assert headline(runs, [], []) == (
        "Best on the validation set of mnist: cnn mish with 95.00 %. Its test accuracy is 50.00 %"
        " (95 % interval 50.00 to 50.00), n = 2."
    )
    assert headline([record(val=None)], [], []).startswith("No run finished with a validation accuracy")


def test_the_headline_says_what_the_best_one_is_better_than():
    runs = [*arms(10, relu=0.0, mish=0.01), *(record("tanh", seed, test=0.5, val=0.95) for seed in range(10))]
    assert headlined(runs).endswith(" On this network on the test set it is worse than relu and mish.")
    noise = [0.0001 * (seed % 2) for seed in range(6)]
    known = measured(relu=[0.99 + d for d in noise], mish=[0.99 - d for d in noise], tanh=[0.9 + d for d in noise])
    best = [replace(run, val_acc=0.95) if run.activation == "mish" else run for run in known]
    assert headlined(best).endswith(" On this network it is better than tanh; it is equivalent to relu.")


def test_the_headline_names_what_is_not_decided():
    assert headlined(arms(2, relu=0.0, mish=0.01)).endswith(" On this network not decided is its difference from mish.")


def test_the_headline_of_a_swept_rate_uses_the_comparisons_of_its_network():
    runs = [record(name, lr=lr, val=lr) for name in ("relu", "mish") for lr in (0.1, 0.2)]
    assert headlined(runs, ["optimizer.lr"]).endswith(" On this network not decided is its difference from mish.")


def headlined(runs, swept=()):
    return headline(runs, list(swept), compare(runs, list(swept), study_config()))


def test_the_provenance_names_data_machine_and_software():
    text = " · ".join(provenance([record(versions={"python": "3.11", "torch": "2.15", "commit": "abc"})]))
    assert text.startswith("data: mnist · 1 of 1 runs · on cpu, 32-true · a processor, 2 cores · ")
    assert "torch 2.15" in text
    assert "commit abc" in text


def test_indented_lines_belong_to_the_line_before_them():
    assert paragraphs("a:\n  b\n  c\nd") == [("a:", ["b", "c"]), ("d", [])]
    assert paragraphs("") == []


def test_a_study_of_failed_runs_has_a_page(tmp_path):
    write_study(tmp_path, [record(status="failed", val=None, test=None)], study_config())
    assert "1 of 1 runs have no results" in (tmp_path / "report.html").read_text()


def test_confusion_matrices_have_the_names_of_the_classes(tmp_path):
    images = ImageFacts(shape=[3, 32, 32], classes=VEHICLES, mean=[0.5] * 3, std=[0.5] * 3)
    write_study(tmp_path, [replace(run, config=replace(run.config, images=images)) for run in grid()], study_config())
    page = (tmp_path / "report.html").read_text()
    (table, *_) = re.findall(r'<table class="confusion long-names">.*?</table>', page, re.DOTALL)
    assert re.findall(r'<th scope="col"><span>(.*?)</span></th>', table) == VEHICLES
    assert re.findall(r'<th scope="row">(.*?)</th>', table) == VEHICLES
