import subprocess
import sys

import numpy as np
import pytest

from mnist_exp import registry
from mnist_exp.figures.activations import gallery
from mnist_exp.gallery import curves, main

NAMES = {"activations.png", "study_activations.png"}


@pytest.mark.slow
@pytest.mark.parametrize("command", [["mnist_exp.gallery"], ["mnist_exp", "gallery"]])
def test_the_command_writes_both_figures(command, tmp_path):
    arguments = [sys.executable, "-m", *command, str(tmp_path / "new")]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in (tmp_path / "new").iterdir()} == NAMES


@pytest.mark.slow
def test_main_takes_arguments(tmp_path):
    main([str(tmp_path)])
    assert {path.name for path in tmp_path.iterdir()} == NAMES


def test_every_activation_of_the_registry_has_a_curve():
    assert list(curves()) == registry.names("activation")


def test_a_thirteenth_activation_in_the_registry_is_in_the_gallery(monkeypatch):
    """softsign(x) = x / (1 + |x|), whose derivative is 1 / (1 + |x|)²."""
    monkeypatch.setitem(registry.ACTIVATIONS, "softsign", "torch.nn:Softsign")
    by_name = curves()
    x, y, slope = by_name["softsign"]
    np.testing.assert_allclose(y, x / (1 + np.abs(x)))
    np.testing.assert_allclose(slope, (1 + np.abs(x)) ** -2)
    assert "softsign" in [panel.get_title() for panel in gallery(by_name).axes]
