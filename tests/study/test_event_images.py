"""The images of a study, as values of an event file."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from mnist_exp.runs.record import PerClass
from mnist_exp.study import event_images
from mnist_exp.study.event_images import study_images
from tests.factories import record


@pytest.fixture
def compared(monkeypatch):
    """What the figures of confusion matrices are drawn of."""
    found = []
    drawn = event_images.figures.confusions
    monkeypatch.setattr(event_images.figures, "confusions", lambda *given: found.append(given) or drawn(*given))
    return found


def trained(activation, seed, val, errors, **changed):
    confusion = (np.eye(10, dtype=int) * errors).tolist()
    per_class = PerClass(precision=[], recall=[], f1=[], support=[], confusion=confusion)
    return record(activation, seed, val=val, per_class=per_class, **changed)


def test_of_each_arm_the_best_run_by_validation_is_shown(tmp_path, compared):
    runs = [trained("relu", 0, 0.8, 3), trained("relu", 1, 0.9, 4), trained("mish", 0, 0.7, 5)]
    (image,) = study_images(tmp_path, runs, [])
    assert image.tag == "3 best runs: cnn/confusion"
    assert Image.open(BytesIO(image.image.encoded_image_string)).size == (image.image.width, image.image.height)
    ((matrices, classes),) = compared
    assert {arm: int(matrix[0, 0]) for arm, matrix in matrices.items()} == {"relu": 4, "mish": 5}
    assert classes == [str(digit) for digit in range(10)]


def test_of_many_arms_the_best_are_shown(tmp_path, compared):
    list(study_images(tmp_path, [trained(f"./act.py:A{i}", 0, i / 100, 1) for i in range(20)], []))
    ((matrices, _),) = compared
    assert len(matrices) == 12
    assert {"./act.py:A19", "act.py:A19", "act:A19"} & set(matrices)


def test_filters_of_the_best_run_are_shown_if_they_were_drawn(tmp_path):
    run = record(run_dir=tmp_path / "run")
    (tmp_path / "run" / "figures").mkdir(parents=True)
    Image.new("RGB", (30, 20)).save(tmp_path / "run" / "figures" / "filters.png")
    (image,) = study_images(tmp_path, [run], [])
    assert (image.tag, image.image.width, image.image.height) == ("3 best runs: cnn/filters of relu", 30, 20)


def test_without_plots_and_matrices_there_are_no_images(tmp_path):
    assert list(study_images(tmp_path, [record()], [])) == []
