"""The Keras script under a stand-in for Keras, which need not be installed: it returns the calls that it gets."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from mnist_exp.benchmark.interleave import KERAS_SCRIPT
from tests.factories import config

# keras.layers.Dense(10, activation="softmax") is the text "Dense(10, activation=softmax)".
STAND_IN = """
import sys
from types import SimpleNamespace

__version__ = "3"
backend = SimpleNamespace(backend=lambda: "stand-in")
log = lambda *words: print(*words, file=sys.stderr)
utils = SimpleNamespace(set_random_seed=lambda seed: log("seed", seed))
optimizers = SimpleNamespace(Adam=lambda lr: f"Adam({lr})")
Input = lambda shape: f"Input{shape}"


class _Layers:
    def __getattr__(self, name):
        def call(*args, **kwargs):
            return f"{name}({', '.join([*map(str, args), *(f'{k}={v}' for k, v in kwargs.items())])})"
        return call


layers = _Layers()


class Sequential:
    def __init__(self, stack):
        log(" ".join(stack))

    def compile(self, optimizer, loss, metrics):
        log(optimizer, loss, *metrics)

    def fit(self, images, labels, batch_size, epochs, verbose):
        log("fit", images.shape, images.dtype, images.max(), labels.tolist(), batch_size)
        print("printed by fit")

    def evaluate(self, images, labels, batch_size, verbose):
        return [0.1, len(images) / 10]
"""


@pytest.fixture
def run_script(tmp_path):
    (tmp_path / "keras.py").write_text(STAND_IN)

    def run(config, turns, **arrays):
        (tmp_path / "config.json").write_text(json.dumps(config.to_dict()))
        np.savez(tmp_path / "digits.npz", **arrays)
        command = [sys.executable, str(KERAS_SCRIPT), str(tmp_path / "config.json"), str(tmp_path / "digits.npz")]
        environment = os.environ | {"PYTHONPATH": str(tmp_path)}
        done = subprocess.run(
            command, input="\n" * turns, capture_output=True, text=True, timeout=60, env=environment, check=True
        )
        versions, *epochs = done.stdout.splitlines()
        assert json.loads(versions) == {"keras": "3", "backend": "stand-in"}
        return [[float(number) for number in line.split()] for line in epochs], done.stderr.splitlines()

    return run


IMAGES, LABELS = np.full((4, 28, 28), 255, np.uint8), np.arange(4, dtype=np.uint8)


def test_each_line_on_stdin_trains_an_epoch_and_prints_its_seconds(run_script):
    epochs, (seed, network, recipe, *fits) = run_script(config("model=mlp", seed=5), 2, images=IMAGES, labels=LABELS)
    assert [len(numbers) for numbers in epochs] == [1, 1]
    assert seed == "seed 5"
    assert network == "Input(28, 28, 1) Flatten() Dense(100, activation=relu) Dense(10, activation=softmax)"
    assert recipe == "Adam(0.003) sparse_categorical_crossentropy accuracy"
    # Pixels are from 0 to 1. What Keras prints does not mix with the numbers.
    assert fits == ["fit (4, 28, 28, 1) float32 1.0 [0, 1, 2, 3] 128", "printed by fit"] * 2


def test_the_test_accuracy_is_printed_where_there_are_test_images(run_script):
    test = {"test_images": IMAGES[:3], "test_labels": LABELS[:3]}
    (numbers,), _ = run_script(config("model=mlp"), 1, images=IMAGES, labels=LABELS, **test)
    assert len(numbers) == 2
    assert numbers[1] == 0.3


def test_a_convolutional_network_has_its_convolutions_and_dropout(run_script):
    small = config("model=cnn", "model.channels=[4]", "model.hidden=[8]", "model.dropout=0.5")
    _, (_, network, *_) = run_script(small, 0, images=IMAGES, labels=LABELS)
    conv = "Conv2D(4, 3, padding=valid, activation=relu) MaxPooling2D()"
    dense = "Dense(8, activation=relu) Dropout(0.5) Dense(10, activation=softmax)"
    assert network == f"Input(28, 28, 1) {conv} Flatten() {dense}"
