"""The same network and training in Keras. The interpreter needs Keras and a backend, but not this package.

python keras_script.py CONFIG.json DIGITS.npz

For each line on stdin it trains an epoch and prints the seconds; also the test accuracy, if the file has test images.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
output, sys.stdout = sys.stdout, sys.stderr  # whatever else is printed goes to stderr

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402


def build_network(model: dict[str, Any]) -> keras.Sequential:
    """The network that the section `model` of a configuration describes."""
    stack = [keras.Input((28, 28, 1))]
    for width in model.get("channels", []):
        stack += [layers.Conv2D(width, model["kernel"], padding=model["padding"], activation=model["activation"])]
        stack += [layers.MaxPooling2D()]
    stack.append(layers.Flatten())
    for width in model["hidden"]:
        stack.append(layers.Dense(width, activation=model["activation"]))
        if model["dropout"]:
            stack.append(layers.Dropout(model["dropout"]))
    return keras.Sequential([*stack, layers.Dense(10, activation="softmax")])


def images_and_labels(arrays: Mapping[str, np.ndarray], prefix: str) -> tuple[np.ndarray, np.ndarray]:
    """Pixels from 0 to 1, and labels; `prefix` begins the names of the arrays."""
    images, labels = arrays[f"{prefix}images"], arrays[f"{prefix}labels"]
    return images[..., None].astype("float32") / 255, labels.astype("int64")


def main() -> None:
    """The command."""
    with open(sys.argv[1]) as file:
        config = json.load(file)
    arrays = np.load(sys.argv[2])
    images, labels = images_and_labels(arrays, "")
    test = images_and_labels(arrays, "test_") if "test_images" in arrays else None
    keras.utils.set_random_seed(config["seed"])
    network = build_network(config["model"])
    optimizer = keras.optimizers.Adam(config["optimizer"]["lr"])
    network.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    print(json.dumps({"keras": keras.__version__, "backend": keras.backend.backend()}), file=output, flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        network.fit(images, labels, batch_size=config["data"]["batch_size"], epochs=1, verbose=0)
        numbers = [time.perf_counter() - start]
        if test:
            numbers.append(network.evaluate(*test, batch_size=500, verbose=0)[1])
        print(*numbers, file=output, flush=True)


if __name__ == "__main__":
    main()
