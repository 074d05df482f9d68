import subprocess
import sys

import pandas as pd
import pytest

from mnist_exp import registry
from mnist_exp.figures.style import STUDY
from mnist_exp.gallery.__main__ import main

FILES = {"activations.html", "properties.csv", "properties.md", "activations.png", "study_activations.png"}
COSTS = ["cost_forward_fp32", "cost_forward_bf16", "cost_training_fp32", "cost_training_bf16"]


@pytest.mark.slow
def test_the_command_writes_page_tables_and_pictures(tmp_path):
    arguments = [sys.executable, "-m", "mnist_exp.gallery", str(tmp_path / "new"), "--no-cost"]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in (tmp_path / "new").iterdir()} == FILES


@pytest.fixture
def few(monkeypatch):
    """The catalogue has fewer functions."""
    monkeypatch.setattr(registry, "names", lambda _: list(STUDY))


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_the_table_has_everything_and_the_costs_unless_they_are_left_out(own, monkeypatch):
    monkeypatch.setattr("mnist_exp.gallery.cost.TURNS", 1)
    monkeypatch.setattr("mnist_exp.gallery.cost.SHAPE", (2, 3))
    main([str(own / "with"), "--activation", "./own.py:Snake", "--activation", "./own.py:stairs"])
    main([str(own / "without"), "--no-cost"])
    table = pd.read_csv(own / "with" / "properties.csv", index_col="activation")
    assert list(table.index) == [*STUDY, "own:Snake", "own:stairs"]
    assert (table[COSTS] > 0).all(axis=None)
    assert table.loc["relu", ["lowest", "highest", "monotone", "smoothness"]].tolist() == [0, float("inf"), True, "C0"]
    assert "Costs: processor time" in (own / "with" / "properties.md").read_text()
    assert not set(COSTS) & set(pd.read_csv(own / "without" / "properties.csv").columns)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("name", "message"),
    [("half", r"own\.py:half: must return a tensor of the shape"), ("broken_far", r"own\.py, line \d+: NameError")],
)
def test_an_activation_that_does_not_work_is_refused_in_one_line(own, name, message):
    with (own / "own.py").open("a") as file:
        file.write("\ndef half(x): return x[:1]\n")
    with pytest.raises(SystemExit, match=rf"^Error: .*{message}"):
        main([str(own / "figures"), "--no-cost", "--activation", f"./own.py:{name}"])
    assert not (own / "figures").exists()
