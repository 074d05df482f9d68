"""Ink is separated from paper."""

import numpy as np
import pytest

from mnist_exp.digits.ink import otsu_threshold, separate_ink


def test_otsus_threshold_maximises_the_variance_between_the_classes():
    rng = np.random.default_rng(0)
    grey = np.concatenate([rng.normal(60, 15, 3000), rng.normal(170, 25, 1000)]).reshape(40, 100)

    def between(level):
        low, high = grey[grey < level], grey[grey >= level]
        return low.size * high.size * (low.mean() - high.mean()) ** 2

    best = max(np.linspace(grey.min() + 1, grey.max() - 1, 500), key=between)
    assert otsu_threshold(grey) == pytest.approx(best, abs=3)


@pytest.mark.parametrize("dark_ink", [False, True])
def test_ink_is_1_and_paper_is_0_whichever_is_dark(dark_ink):
    drawn = np.zeros((60, 60), dtype=bool)
    drawn[20:40, 25:35] = True
    grey = np.where(drawn, 220.0, 30.0)
    assert separate_ink(255 - grey if dark_ink else grey) == pytest.approx(drawn.astype(float), abs=1e-12)


def test_a_uniform_image_has_no_ink():
    assert not separate_ink(np.full((50, 50), 128.0)).any()
