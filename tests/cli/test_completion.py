import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_exp import registry
from mnist_exp.cli.completion import key_completions, print_completions, value_completions
from mnist_exp.cli.subcommands import SUBCOMMANDS


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("model.activation=le", ["model.activation=leaky_relu"]),
        ("model.activation=relu,mi", ["model.activation=relu,mish"]),
        ("trainer.precision=b", ["trainer.precision=bf16-mixed"]),
        ("model.batch_norm=", ["model.batch_norm=true", "model.batch_norm=false"]),
        ("callbacks=[timer,lr", ["callbacks=[timer,lr_monitor"]),
        ("logger=", ["logger=[csv", "logger=[mlflow", "logger=[tensorboard", "logger=[wandb"]),
        ("optimizer.lr=", []),
        ("model=mlp,c", ["model=mlp,cnn", "model=mlp,cnn_deep", "model=mlp,cnn_quick"]),
        ("optimizer=a", ["optimizer=adam", "optimizer=adamw"]),
        ("sweep=smo", ["sweep=smoke"]),
        ("schema=", []),
        ("optimizer.name=", []),
    ],
)
def test_value_completions(word, expected):
    assert value_completions(word) == expected


@pytest.mark.parametrize(
    ("word", "before", "expected"),
    [
        ("model.act", [], ["model.activation=", "model.activation_options="]),
        ("se", [], ["seed=", "seeds."]),
        ("seeds.", [], ["seeds.weights=", "seeds.order=", "seeds.noise="]),
        ("optimizer", [], ["optimizer=", "optimizer."]),
        ("optimizer.", [], [f"optimizer.{key}=" for key in ("lr", "weight_decay", "momentum", "betas")]),
        ("optimizer.", ["optimizer=sgd"], [f"optimizer.{key}=" for key in ("lr", "weight_decay", "momentum")]),
        ("optimizer.b", ["optimizer=sgd,adam"], ["optimizer.betas="]),
        ("optimizer.b", ["optimizer=own"], ["optimizer.betas="]),
        ("model.wh", [], ["model.whitening."]),
        ("model.whitening.k", [], ["model.whitening.kernel="]),
        ("model._", [], []),
        ("sc", [], ["schedule=", "schedule."]),
        ("hydra/", [], ["hydra/launcher="]),
        ("xyzzy", [], []),
    ],
)
def test_key_completions(word, before, expected):
    assert key_completions(word, before) == expected


def test_sections_groups_and_keys_of_the_first_level_are_offered():
    offered = set(key_completions(""))
    assert {"model=", "model.", "recipe=", "seed=", "trainer.", "callbacks="} <= offered
    assert {"schema=", "schema.", "recipe."}.isdisjoint(offered)


def test_all_activations_are_offered():
    assert value_completions("model.activation=") == [f"model.activation={n}" for n in registry.names("activation")]


@pytest.mark.parametrize(
    ("line", "expected", "complete"),
    [
        ("mnist-exp re", ["report", "recipe="], True),
        ("mnist-exp ", [*SUBCOMMANDS, *key_completions("")], True),
        ("mnist-exp model=mlp re", ["recipe="], True),
        ("mnist-exp optimizer=sgd optimizer.b", [], True),
        ("mnist-exp optimizer.name=", [], True),
        ("mnist-exp data.root=/", [], False),
        ("mnist-exp hydra/launcher=j", [], False),
        ("mnist-exp hydra.", [], False),
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
    assert completions("mnist-exp model.act") == ["model.activation=", "model.activation_options="]
    assert completions("mnist-exp re") == ["report", "recipe="]
    assert completions("mnist-exp optimizer.n") == []
    assert completions("mnist-exp hydra/launcher=job") == ["hydra/launcher=joblib"]
    assert completions("mnist-exp model.activation=s")[0] == "model.activation=sigmoid"
