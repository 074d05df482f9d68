import subprocess
import sys


def test_the_gallery_is_drawn_without_training(tmp_path):
    typed = [sys.executable, "-m", "mnist_exp.gallery", str(tmp_path / "new")]
    ran = subprocess.run(typed, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"activations.png", "study_activations.png"}
