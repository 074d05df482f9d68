import csv
import shutil
import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mnist_exp.errors import UserError
from mnist_exp.inspect import as_text, classification_report, inspect_run
from mnist_exp.runs import files
from mnist_exp.training.run import run
from tests.conftest import QUICK


@pytest.fixture(scope="module")
def drawn(plain, tmp_path_factory):
    """A small convolutional run with everything there is to see."""
    run_dir = tmp_path_factory.mktemp("run")
    typed = [*QUICK, "model=cnn", "model.channels=[4,5]", "model.hidden=[6]"]
    run(
        plain(*typed, "diagnostics.figures=true", "diagnostics.histograms=true", "diagnostics.projector=true"),
        run_dir,
        typed,
    )
    return run_dir


def test_a_run_is_drawn_at_its_end(drawn):
    expected = {
        "filters",
        "maps_conv1",
        "maps_conv2",
        "confusion",
        "calibration",
        "mistakes",
        "doubtful",
        "curves",
        "probes",
    }
    assert {path.stem for path in (drawn / "figures").glob("*.png")} == expected


def test_the_same_pictures_stand_in_tensorboard(drawn):
    events = EventAccumulator(str(drawn), size_guidance={"images": 0}).Reload()
    assert set(events.Tags()["images"]) == {path.stem for path in (drawn / "figures").glob("*.png")}
    (image,) = events.Images("filters")
    assert image.encoded_image_string == (drawn / "figures" / "filters.png").read_bytes()
    assert "conv1.weight" in events.Tags()["histograms"]
    assert "dead/conv1" in events.Tags()["scalars"]
    assert (drawn / "projector_config.pbtxt").exists()


def test_the_report_is_that_of_scikit_learn(drawn):
    per_class = files.read_record(drawn)["per_class"]
    truth, answers = (np.repeat(side, np.ravel(per_class["confusion"])) for side in np.indices((10, 10)).reshape(2, -1))
    rows = classification_report(per_class)
    for average, row in (("macro", rows[-2]), ("weighted", rows[-1])):
        expected = precision_recall_fscore_support(truth, answers, average=average, zero_division=0)
        assert [row[key] for key in ("precision", "recall", "f1")] == pytest.approx(list(expected[:3]))
    assert [row["support"] for row in rows] == [*np.bincount(truth), len(truth), len(truth)]
    stored = list(csv.DictReader((drawn / "figures" / "report.csv").read_text().splitlines()))
    assert [row["digit"] for row in stored] == [*map(str, range(10)), "macro average", "weighted average"]
    assert (drawn / "figures" / "report.txt").read_text() == as_text(rows) + "\n"


def test_the_command_draws_a_finished_run_again(drawn):
    shutil.rmtree(drawn / "figures")
    typed = [sys.executable, "-m", "mnist_exp.inspect", str(drawn)]
    ran = subprocess.run(typed, capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "weighted average" in ran.stdout
    assert (drawn / "figures" / "maps_conv2.png").exists()


def test_a_dense_network_shows_its_weights(plain, tmp_path):
    run(plain(*QUICK, "diagnostics.figures=true", "diagnostics.probe_every=0"), tmp_path, [])
    names = {path.stem for path in (tmp_path / "figures").glob("*.png")}
    assert names == {"weights", "confusion", "calibration", "mistakes", "doubtful", "curves"}


def test_softmax_regression_shows_a_template_for_each_digit(plain, tmp_path):
    run(plain(*QUICK, "model=softmax", "diagnostics.figures=true"), tmp_path, [])
    assert (tmp_path / "figures" / "weights.png").exists()
    assert (tmp_path / "figures" / "probes.png").exists()


def test_what_is_no_finished_run_is_refused(tmp_path):
    with pytest.raises(UserError, match="holds no finished run"):
        inspect_run(tmp_path)
