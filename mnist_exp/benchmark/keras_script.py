"""The same network and work in Keras. Stands alone: the interpreter that runs it needs Keras and a backend, not us.

python keras_script.py CONFIG.json DIGITS.npz
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
    made += [layers.Dense(width, activation=model["activation"]) for width in model["hidden"]]
    return keras.Sequential([*made, layers.Dense(10, activation="softmax")])


def main() -> None:
    with open(sys.argv[1]) as file:
        config = json.load(file)
    digits = np.load(sys.argv[2])
    images, labels = digits["images"][..., None].astype("float32") / 255, digits["labels"].astype("int64")
    model = network(config["model"])
    optimizer = keras.optimizers.Adam(config["optimizer"]["lr"])
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    about = {"keras": keras.__version__, "backend": keras.backend.backend()}
    print(json.dumps(about), file=told, flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        model.fit(images, labels, batch_size=config["data"]["batch_size"], epochs=1, verbose=0)
        print(time.perf_counter() - began, file=told, flush=True)


if __name__ == "__main__":
    main()
