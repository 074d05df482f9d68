"""The same network and work in Keras. Stands alone: the interpreter that runs it needs Keras and a backend, not us.

python keras_script.py CONFIG.json DIGITS.npz

For each line on stdin it trains an epoch and tells its seconds; with test digits in the file, what it then gets right.
"""

import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
told, sys.stdout = sys.stdout, sys.stderr  # whatever else is printed

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402


def network(model: dict) -> keras.Sequential:
    made = [keras.Input((28, 28, 1))]
    for width in model.get("channels", []):
        made += [layers.Conv2D(width, model["kernel"], padding=model["padding"], activation=model["activation"])]
        made += [layers.MaxPooling2D()]
    made.append(layers.Flatten())
    for width in model["hidden"]:
        made.append(layers.Dense(width, activation=model["activation"]))
        if model["dropout"]:
            made.append(layers.Dropout(model["dropout"]))
    return keras.Sequential([*made, layers.Dense(10, activation="softmax")])


def taken(digits: dict, prefix: str) -> tuple[np.ndarray, np.ndarray]:
    """Pixels from 0 to 1, and labels."""
    images, labels = digits[f"{prefix}images"], digits[f"{prefix}labels"]
    return images[..., None].astype("float32") / 255, labels.astype("int64")


def main() -> None:
    with open(sys.argv[1]) as file:
        config = json.load(file)
    digits = np.load(sys.argv[2])
    images, labels = taken(digits, "")
    test = taken(digits, "test_") if "test_images" in digits else None
    keras.utils.set_random_seed(config["seed"])
    model = network(config["model"])
    optimizer = keras.optimizers.Adam(config["optimizer"]["lr"])
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    about = {"keras": keras.__version__, "backend": keras.backend.backend()}
    print(json.dumps(about), file=told, flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        model.fit(images, labels, batch_size=config["data"]["batch_size"], epochs=1, verbose=0)
        said = [time.perf_counter() - began]
        if test:
            said.append(model.evaluate(*test, batch_size=500, verbose=0)[1])
        print(*said, file=told, flush=True)


if __name__ == "__main__":
    main()
