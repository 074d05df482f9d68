import os

import numpy as np
import pytest

from mnist_exp.runs.files import PREDICTIONS, write_predictions
from mnist_exp.study.answers import read_answers


def test_the_most_probable_class_is_the_answer(tmp_path):
    write_predictions(tmp_path, np.array([1, 0]), np.array([[0.1, 0.7, 0.2], [0.3, 0.3, 0.4]]))
    answers = read_answers(tmp_path)
    assert (answers.actual.tolist(), answers.predicted.tolist()) == ([1, 0], [1, 2])
    assert answers.correct.tolist() == [True, False]


def test_a_file_is_read_again_only_after_a_change(tmp_path):
    write_predictions(tmp_path, np.array([1]), np.array([[0.1, 0.9]]))
    first = read_answers(tmp_path)
    assert read_answers(tmp_path) is first
    write_predictions(tmp_path, np.array([1]), np.array([[0.9, 0.1]]))
    os.utime(tmp_path / PREDICTIONS, ns=(1, 1))
    assert read_answers(tmp_path).predicted.tolist() == [0]


@pytest.mark.parametrize("content", [None, b"", b"no archive"])
def test_what_cannot_be_read_is_none(tmp_path, content):
    if content is not None:
        (tmp_path / PREDICTIONS).write_bytes(content)
    assert read_answers(tmp_path) is None
