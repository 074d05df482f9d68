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


def test_one_more_activation_in_the_registry_is_in_the_gallery(monkeypatch):
    """ln(1 / (1 + exp(−x))), whose derivative is 1 / (1 + exp(x))."""
    monkeypatch.setitem(registry.ACTIVATIONS, "log_sigmoid", "torch.nn:LogSigmoid")
    by_name = curves()
    x, y, slope = by_name["log_sigmoid"]
    np.testing.assert_allclose(y, -np.log1p(np.exp(-x)))
    np.testing.assert_allclose(slope, 1 / (1 + np.exp(x)))
    assert "log_sigmoid" in [panel.get_title() for panel in gallery(by_name).axes]


def test_an_activation_of_ones_own_follows_those_of_the_registry(tmp_path, monkeypatch):
    """bent(x) = (√(x² + 1) − 1) / 2 + x, whose derivative is x / (2·√(x² + 1)) + 1."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    (tmp_path / "mine.py").write_text("def bent(x): return ((x * x + 1).sqrt() - 1) / 2 + x")
    by_name = curves(["./mine.py:bent"])
    assert list(by_name) == [*registry.names("activation"), "mine:bent"]
    x, y, slope = by_name["mine:bent"]
    np.testing.assert_allclose(y, (np.sqrt(x**2 + 1) - 1) / 2 + x, atol=1e-12)
    np.testing.assert_allclose(slope, x / (2 * np.sqrt(x**2 + 1)) + 1, atol=1e-12)


def test_an_activation_that_does_not_work_is_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    (tmp_path / "mine_too.py").write_text("def half(x): return x[:1]")
    with pytest.raises(SystemExit, match=r"^Error: \./mine_too\.py:half: must return a tensor of the shape"):
        main([str(tmp_path / "figures"), "--activation", "./mine_too.py:half"])
    assert not (tmp_path / "figures").exists()
