import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_exp import registry
from mnist_exp.cli.completion import print_completions, value_completions
from mnist_exp.cli.subcommands import SUBCOMMANDS


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("model.activation=le", ["model.activation=leaky_relu"]),
        ("model.activation=relu,mi", ["model.activation=relu,mish"]),
        ("trainer.precision=b", ["trainer.precision=bf16-mixed"]),
        ("model.batch_norm=", ["model.batch_norm=true", "model.batch_norm=false"]),
        ("callbacks=[timer,lr", ["callbacks=[timer,lr_monitor"]),
        ("loggers=", ["loggers=[tensorboard", "loggers=[csv"]),
        ("optimizer.lr=", []),
        ("optimizer=", []),
        ("model.act", []),
    ],
)
def test_value_completions(word, expected):
    assert value_completions(word) == expected


def test_all_activations_are_offered():
    assert value_completions("model.activation=") == [f"model.activation={n}" for n in registry.names("activation")]


@pytest.mark.parametrize(
    ("line", "expected", "complete"),
    [
        ("mnist-exp re", ["report"], False),
        ("mnist-exp ", list(SUBCOMMANDS), False),
        ("mnist-exp model=mlp re", [], False),
        ("mnist-exp report mul", [], True),
        ("mnist-exp -m model.activation=mi", ["model.activation=mish"], True),
    ],
)
def test_subcommands_are_offered_as_the_first_word(monkeypatch, capsys, line, expected, complete):
    monkeypatch.setenv("COMP_LINE", line)
    assert print_completions(["-sc", "query=bash"]) is complete
    assert capsys.readouterr().out.split() == expected


@pytest.mark.slow
def test_completion_through_the_console_script(tmp_path):
    def completions(line: str) -> list[str]:
        environment = os.environ | {"COMP_LINE": line, "COMP_POINT": str(len(line))}
        command = [Path(sys.executable).with_name("mnist-exp"), "-sc", "query=bash"]
        ran = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        return ran.stdout.split()

    assert completions("mnist-exp model=ml") == ["model=mlp", "model=mlp_deep"]
    assert completions("mnist-exp optimizer=a") == ["optimizer=adam", "optimizer=adamw"]
    assert completions("mnist-exp model.act") == ["model.activation="]
    assert completions("mnist-exp re") == ["report", "recipe="]
    assert completions("mnist-exp model.activation=s")[0] == "model.activation=sigmoid"
