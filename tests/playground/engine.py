"""The worker of the page in Chromium, and networks for it."""

from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from playwright.sync_api import Page
from torch import nn

from mnist_exp.data.datasets import load
from mnist_exp.playground.networks import Arm, Network, make_arm
from mnist_exp.playground.numbers import encode
from mnist_exp.playground.page import WORKER_SCRIPTS
from mnist_exp.playground.samples import COUNT, ImageSet, balanced
from mnist_exp.runs.run_selection import TrainedRun
from mnist_exp.training.build import build_classifier
from mnist_exp.training.classifier import LitClassifier
from tests.factories import config, data_config, record

LARGEST_LOGIT = 15.0  # of the random networks, as of trained ones

# `ask` sends a message to the worker. Arrays become typed arrays on the way there, and lists on the way back.
PAGE = """script => {
  const worker = new Worker(URL.createObjectURL(new Blob([script]))), waiting = new Map();
  let count = 0;
  worker.onmessage = ({data}) => { waiting.get(data.id)(data); waiting.delete(data.id); };
  worker.onerror = event => console.error(event.message);
  const listed = value => JSON.parse(JSON.stringify(value, (_, item) => ArrayBuffer.isView(item) ? [...item] : item));
  window.ask = message => new Promise(resolve => {
    const id = ++count;
    waiting.set(id, answer => resolve(listed(answer)));
    if (message.pixels) message.pixels = new Uint8Array(message.pixels);
    if (message.grey) message.grey = new Uint8ClampedArray(message.grey);
    worker.postMessage({...message, id});
  });
  const element = document.createElement('script');
  element.textContent = script;  // the functions also on the page itself, for tests of single ones
  document.head.append(element);
}"""


class Engine:
    """The worker, started on an empty page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        folder = files("mnist_exp.playground")
        page.goto("about:blank")
        page.evaluate(PAGE, "\n".join(folder.joinpath(name).read_text() for name in WORKER_SCRIPTS))

    def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The answer to a message."""
        return self.page.evaluate("message => ask(message)", {"kind": kind, **fields})

    def load(self, arms: Sequence[Arm], images: ImageSet) -> None:
        """Give the worker one network."""
        data = {"sets": [asdict(images.encoded())], "networks": [asdict(Network("net", 0, [*arms]))]}
        assert self.ask("load", data=data)["networks"] == 1

    def logits(self, images: np.ndarray) -> np.ndarray:
        """Of every image and every arm, (images, arms, classes)."""
        script = """async ([images, size]) => {
          const logits = [], bytes = decodeBytes(images);
          for (let at = 0; at < bytes.length; at += size) {
            const pixels = bytes.slice(at, at + size);
            const answer = await ask({kind: 'predict', network: 0, pixels});
            if (answer.error) throw new Error(answer.error);
            logits.push(answer.arms.map(arm => arm.logits));
          }
          return logits;
        }"""
        return np.array(self.page.evaluate(script, [encode(images, "|u1"), images[0].size]))


def digits(count: int = COUNT) -> ImageSet:
    """Test images of mnist5k."""
    test = load(data_config())[1]
    indices = balanced(test.labels, count)
    chosen = test.take(indices)
    pixels = chosen.images.reshape(-1, 1, 28, 28)
    return ImageSet("mnist5k", True, (1, 28, 28), list("0123456789"), pixels, chosen.labels, indices)


def classifier(*overrides: str, activation: str = "relu", network: nn.Module | None = None) -> LitClassifier:
    """An untrained network whose statistics and logits are of the size that trained networks have."""
    torch.manual_seed(0)
    model = build_classifier(config(*overrides, activation=activation))
    if network is not None:
        model.network = network
    images = torch.from_numpy(digits().pixels)
    with torch.no_grad():
        for _ in range(20 * any(isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) for layer in model.modules())):
            model.train()(images)
        logits = model.eval()(images)
        last = [layer for layer in model.network.modules() if isinstance(layer, nn.Linear)][-1]
        for parameter in last.parameters():
            parameter *= LARGEST_LOGIT / logits.abs().max()
    return model


def run_of(model: LitClassifier, activation: str = "relu") -> TrainedRun:
    """A run that has this network."""
    return TrainedRun(Path(), record(activation, data="mnist5k"), model.eval())


def arm_of(model: LitClassifier, images: ImageSet | None = None, activation: str = "relu") -> Arm:
    """A network as the page gets it."""
    return make_arm(run_of(model, activation), images or digits())


def torch_logits(model: LitClassifier, images: np.ndarray) -> np.ndarray:
    """What PyTorch computes for raw pixels (n, channels, height, width)."""
    with torch.no_grad():
        logits: np.ndarray = model(torch.from_numpy(images)).numpy()
    return logits
