import subprocess
import sys

from mnist_exp import registry
from mnist_exp.gallery import curves, main

NAMES = {"activations.png", "study_activations.png"}


def test_the_command(tmp_path):
    typed = [sys.executable, "-m", "mnist_exp.gallery", str(tmp_path / "new")]
    ran = subprocess.run(typed, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert {path.name for path in (tmp_path / "new").iterdir()} == NAMES


def test_main_takes_arguments(tmp_path):
    main([str(tmp_path)])
    assert {path.name for path in tmp_path.iterdir()} == NAMES


def test_every_activation_of_the_registry_has_a_curve():
    assert list(curves()) == registry.names("activation")
