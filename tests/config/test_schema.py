from dataclasses import fields

import pytest

from mnist_exp.config import CONF, schema
from mnist_exp.config.keys import all_keys
from mnist_exp.models.initialisation import MATCHED, WEIGHTS


def test_the_default_configuration_as_a_whole(plain, monkeypatch):
    monkeypatch.setenv("MNIST_ROOT", "/somewhere")
    assert plain().to_dict() == {
        "seed": 0,
        "seeds": {"weights": None, "order": None, "noise": None},
        "data": {
            "name": "mnist",
            "root": "/somewhere",
            "fallback": True,
            "batch_size": 128,
            "eval_batch_size": 500,
            "val_size": 5000,
            "split_seed": 0,
            "mean": None,
            "std": None,
            "augment": {"shift": 0.0, "rotation": 0.0, "elastic": 0.0},
        },
        "model": {
            "_target_": "mnist_exp.models.ConvNet",
            "name": "cnn",
            "uses_activation": True,
            "hidden": [128],
            "activation": "relu",
            "activation_options": None,
            "leaky_slope": 0.01,
            "dropout": 0.0,
            "batch_norm": False,
            "init": "torch",
            "channels": [32, 64],
            "kernel": 3,
            "padding": "valid",
            "dense_activation": None,
        },
        "optimizer": {"name": "adam", "lr": 0.003, "betas": [0.9, 0.99], "weight_decay": 0.0},
        "schedule": {"name": "one_cycle", "warmup": 0.25},
        "loss": {"label_smoothing": 0.0},
        "trainer": {
            "max_epochs": 3,
            "accelerator": "auto",
            "devices": 1,
            "precision": "auto",
            "deterministic": True,
            "threads": None,
            "gradient_clip": None,
            "early_stopping": None,
            "progress_bar": None,
            "resume_every": 60,
        },
        "callbacks": {},
        "logger": {"tensorboard": {"_target_": "mnist_exp.training.tensorboard.RunLogger"}},
        "metrics": {},
        "diagnostics": {
            "figures": None,
            "probe_every": 100,
            "probe_images": 128,
            "histograms": False,
            "projector": False,
            "test_each_epoch": False,
        },
        "claim": {
            **{"name": None, "source": None, "train_acc": None, "val_acc": None, "test_acc": None, "test_loss": None},
            "epochs": {},
        },
        "sweep": {
            **{"name": None, "dry_run": False, "reuse": "warn", "until": None, "max_seeds": 30},
            **{"axes": {}, "arms": []},
        },
        "study": {"margin": 0.1, "control": None},
        "objective": {"seeds": None},
        "images": {
            **{"shape": [1, 28, 28], "classes": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]},
            **{"mean": 0.1307, "std": 0.3081},
        },
        "sources": {},
    }


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("softmax", {"hidden": []}),
        ("mlp", {"hidden": [100]}),
        ("mlp_deep", {"hidden": [256, 128, 64]}),
        ("cnn", {"hidden": [128], "channels": [32, 64], "kernel": 3, "padding": "valid"}),
        ("cnn_deep", {"hidden": [100], "channels": [16, 32, 64], "kernel": 5, "padding": "same"}),
    ],
)
def test_each_network_is_what_the_design_says(plain, model, expected):
    network = plain(f"model={model}").to_dict()["model"]
    assert network.items() >= (expected | {"name": model, "uses_activation": model != "softmax"}).items()


def test_the_data_root_is_data_without_mnist_root(plain, monkeypatch):
    monkeypatch.delenv("MNIST_ROOT", raising=False)
    assert plain().data.root == "data"


def test_no_value_has_a_second_default_in_the_schema():
    def defaults(section):
        for f in fields(section):
            if isinstance(f.default_factory, type):
                yield from defaults(f.default_factory)
            else:
                yield f.name, f.default

    variants = [kind for kinds in schema.VARIANTS.values() for kind in kinds.values()]
    for section in (schema.Settings, *variants):
        assert {name: value for name, value in defaults(section) if value != "???"} == {}


def test_each_source_of_randomness_has_the_seed_of_the_run_unless_its_own_is_set(plain):
    def seeds(*overrides):
        config = plain("seed=7", *overrides)
        return config.weights_seed, config.order_seed, config.noise_seed

    assert seeds() == (7, 7, 7)
    assert seeds("seeds.weights=0") == (0, 7, 7)
    assert seeds("seeds.order=1", "seeds.noise=2") == (7, 1, 2)


def test_initialisations_are_those_that_exist():
    assert all_keys()["model.init"].values == ["torch", *WEIGHTS, MATCHED]


def test_every_default_has_its_reason_beside_it():
    lines = (CONF / "config.yaml").read_text().split("seed:")[1].split("hydra:")[0].splitlines()
    values = [line for line in lines if ":" in line and not line.strip().endswith(":")]
    assert [line for line in values if "#" not in line] == []
