"""Results of earlier runs. tests/test_api.py reads those of a sweep."""

import os
import re
import sys
from types import SimpleNamespace

import pytest

from mnist_exp import api_results
from mnist_exp.errors import UserError
from mnist_exp.runs.sweep_dir import PLAN
from tests.factories import record


def test_folders_without_results_are_named():
    with pytest.raises(UserError, match="is not a folder"):
        api_results.load_results("nothing")
    with pytest.raises(UserError, match=r"holds no result\.json"):
        api_results.load_model("nothing")


@pytest.fixture
def written(monkeypatch):
    """The folders and the file of each classroom page, which a stub writes."""
    found = []

    def write(folders, file):
        found.append((list(folders), file))
        file.write_text("<p>a network</p>")
        return file

    monkeypatch.setitem(sys.modules, "mnist_exp.playground.page", SimpleNamespace(write_playground=write))
    return found


@pytest.mark.parametrize("make", [api_results.Study, lambda folder: record(run_dir=folder)], ids=["study", "run"])
def test_the_classroom_page_is_written_to_the_folder_and_shows_itself(tmp_path, written, make):
    page = make(tmp_path).playground()
    assert written == [([tmp_path], tmp_path / "playground.html")]
    assert page.path == tmp_path / "playground.html"
    assert "a network" in page._repr_html_()


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study with one run, and how often its page was written."""
    times = []

    def write(folders):
        times.append(folders)
        (tmp_path / "report.html").write_text(f"<p>written {len(times)}</p>")

    monkeypatch.setattr("mnist_exp.report.report", write)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "result.json").write_text("{}")
    return api_results.Study(tmp_path)


def shown(study):
    return re.search(r"written (\d)", study._repr_html_())[1]


@pytest.mark.parametrize("newer", ["run/result.json", PLAN])
def test_a_study_writes_its_page_anew_only_if_a_run_or_the_plan_is_newer(study, newer):
    assert [shown(study), shown(study)] == ["1", "1"]
    path = study.folder / newer
    path.write_text("{}")
    later = (study.folder / "report.html").stat().st_mtime_ns + 10**9
    os.utime(path, ns=(later, later))
    assert shown(study) == "2"
