"""A contender in its own process: for each line on stdin it trains an epoch and prints the seconds.

python -m mnist_exp.benchmark.contenders ours|plain_pytorch|lightning CONFIG.json
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import lightning
import lightning.pytorch as pl
import torch
import torchmetrics
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from mnist_exp import runtime
from mnist_exp.config.build import build_config
from mnist_exp.config.schema import Config, ConvConfig, DenseConfig, ModelConfig
from mnist_exp.data.datasets import load
from mnist_exp.data.labelled_images import LabelledImages
from mnist_exp.training.run import run

TrainEpoch = Callable[[], float]  # trains one epoch and returns its seconds
ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "mish": nn.Mish, "sigmoid": nn.Sigmoid}


def ours(config: Config) -> TrainEpoch:
    """What python -m mnist_exp does; the seconds are those of result.json."""

    def train_epoch() -> float:
        with tempfile.TemporaryDirectory() as folder:
            return run(config, Path(folder), []).train_seconds or 0.0

    return train_epoch


def plain_pytorch_loop(config: Config) -> TrainEpoch:
    """A careful training loop of PyTorch's own parts, with nothing around it."""
    convolutional = runtime.is_convolutional(config.model)
    runtime.prepare(runtime.threads(config.trainer.threads, convolutional))
    device = torch.device(runtime.accelerator(config.trainer.accelerator))
    precision = runtime.precision(config.trainer.precision, device.type, convolutional)
    digits = _training_set(config)
    images = torch.from_numpy(digits.images).unsqueeze(1).to(device)
    labels = torch.from_numpy(digits.labels).long().to(device)
    network = plain_network(config.model).to(device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=config.optimizer.lr, fused=True)
    assert isinstance(config.images.mean, float)
    assert isinstance(config.images.std, float)
    mean, std = 255 * config.images.mean, 255 * config.images.std

    def train_epoch() -> float:
        start, outputs = time.perf_counter(), []
        for indices in torch.randperm(len(labels)).split(config.data.batch_size):  # type: ignore[no-untyped-call]
            x, y = images[indices.to(device)].float().sub_(mean).div_(std), labels[indices.to(device)]
            with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16-mixed"):
                logits = network(x)
            loss = F.cross_entropy(logits.float(), y)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            outputs.append((logits.detach().float(), y))
        _loss_and_accuracy(outputs)  # the others compute them too
        return time.perf_counter() - start

    return train_epoch


def _loss_and_accuracy(outputs: list[tuple[Tensor, Tensor]]) -> tuple[float, float]:
    logits, labels = (torch.cat(parts) for parts in zip(*outputs, strict=True))
    return F.cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()


class TutorialModule(pl.LightningModule):
    """A LightningModule as tutorials write it: it logs its metrics at every step."""

    def __init__(self, network: nn.Module, lr: float) -> None:
        super().__init__()
        self.network, self.lr = network, lr
        self.start = self.seconds = 0.0
        self.accuracy = torchmetrics.classification.MulticlassAccuracy(10)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        images, labels = batch
        logits = self.network(images)
        loss = F.cross_entropy(logits, labels)
        self.accuracy(logits, labels)
        self.log("train_loss", loss)
        self.log("train_acc", self.accuracy, on_step=True, on_epoch=True)
        return loss

    def on_train_epoch_start(self) -> None:
        self.start = time.perf_counter()

    def on_train_epoch_end(self) -> None:
        self.seconds = time.perf_counter() - self.start

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=self.lr)


class TransformedImages(Dataset[tuple[Tensor, int]]):
    """Like torchvision's MNIST: one image at a time, as a PIL image that passes through transforms."""

    def __init__(self, digits: LabelledImages, transform: Callable[[Image.Image], Tensor]) -> None:
        self.data, self.targets, self.transform = torch.from_numpy(digits.images), digits.labels.tolist(), transform

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.data[index].numpy())), self.targets[index]


def plain_lightning(config: Config) -> TrainEpoch:
    """A script as in Lightning's tutorials, without progress bar, logger and checkpoints."""
    runtime.silence_lightning()
    normalize = transforms.Normalize((config.images.mean,), (config.images.std,))
    images = TransformedImages(_training_set(config), transforms.Compose([transforms.ToTensor(), normalize]))
    batches = DataLoader(images, batch_size=config.data.batch_size, shuffle=True)
    network = plain_network(config.model)
    features = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    off: dict[str, Any] = dict.fromkeys(features, False)

    def train_epoch() -> float:
        trainer = pl.Trainer(max_epochs=1, accelerator=config.trainer.accelerator, devices=1, **off)
        module = TutorialModule(network, config.optimizer.lr)
        trainer.fit(module, batches)
        return module.seconds

    return train_epoch


def plain_network(model: ModelConfig) -> nn.Sequential:
    """The same layers from torch alone."""
    assert isinstance(model, DenseConfig)
    activation = ACTIVATIONS[model.activation]
    layers: list[nn.Module] = []
    if isinstance(model, ConvConfig):
        for width in model.channels:
            conv = nn.LazyConv2d(width, model.kernel, padding=model.padding)  # type: ignore[arg-type]  # "valid", "same"
            layers += [conv, activation(), nn.MaxPool2d(2)]
    layers.append(nn.Flatten())
    for width in model.hidden:
        layers += [nn.LazyLinear(width), activation()]
    network = nn.Sequential(*layers, nn.LazyLinear(10))
    network(torch.zeros(1, 1, 28, 28))
    return network


def _training_set(config: Config) -> LabelledImages:
    return load(config.data)[0]


CONTENDERS = {"ours": ours, "plain_pytorch": plain_pytorch_loop, "lightning": plain_lightning}


def serve(train_epoch: TrainEpoch, versions: dict[str, str], output: TextIO) -> None:
    """Write the versions, then the seconds of an epoch for each line on stdin."""
    print(json.dumps(versions), file=output, flush=True)
    for _ in sys.stdin:
        print(train_epoch(), file=output, flush=True)


def main() -> None:
    """The command."""
    name, path = sys.argv[1:]
    output, sys.stdout = sys.stdout, sys.stderr  # whatever else is printed goes to stderr
    config = build_config(json.loads(Path(path).read_text()))
    versions = {"torch": torch.__version__, "lightning": lightning.__version__}
    serve(CONTENDERS[name](config), versions, output)


if __name__ == "__main__":
    main()
