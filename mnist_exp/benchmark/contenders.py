"""One contender in a process of its own: for each line on stdin it trains an epoch, and tells the seconds on stdout.

python -m mnist_exp.benchmark.contenders ours|raw|lightning CONFIG.json
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import lightning.pytorch as pl
import torch
import torchmetrics
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision import transforms

from mnist_exp.config.schema import Config, ModelConfig
from mnist_exp.data.datasets import LabelledImages, load
from mnist_exp.training import runtime
from mnist_exp.training.run import run

Epoch = Callable[[], float]  # trains one, and tells its seconds


def ours(config: Config) -> Epoch:
    """What python -m mnist_exp does; the seconds are result.json's."""

    def epoch() -> float:
        with tempfile.TemporaryDirectory() as folder:
            return run(config, Path(folder), []).train_seconds or 0.0

    return epoch


def raw(config: Config) -> Epoch:
    """A careful loop by hand, of PyTorch's own parts, and nothing around it."""
    convolutional = runtime.is_convolutional(config.model)
    runtime.prepare(runtime.threads(config.trainer.threads, convolutional))
    device = torch.device(runtime.accelerator(config.trainer.accelerator))
    precision = runtime.precision(config.trainer.precision, device.type, convolutional)
    digits, batch = _training(config), config.data.batch_size
    images, labels = torch.from_numpy(digits.images).unsqueeze(1).to(device), torch.from_numpy(digits.labels).long()
    labels = labels.to(device)
    network = plain_network(config.model).to(device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=config.optimizer.lr, fused=True)
    mean, std = 255 * config.data.mean, 255 * config.data.std

    def epoch() -> float:
        began, seen = time.perf_counter(), []
        for chosen in torch.randperm(len(labels)).split(batch):
            x, y = images[chosen.to(device)].float().sub_(mean).div_(std), labels[chosen.to(device)]
            with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16-mixed"):
                logits = network(x)
            loss = F.cross_entropy(logits.float(), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            seen.append((logits.detach().float(), y))
        _loss_and_accuracy(seen)
        return time.perf_counter() - began

    return epoch


def _loss_and_accuracy(seen: list[tuple[Tensor, Tensor]]) -> tuple[float, float]:
    logits, labels = (torch.cat(parts) for parts in zip(*seen, strict=True))
    return F.cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()


class Tutorial(pl.LightningModule):
    """As tutorials write it: metrics logged at every step."""

    def __init__(self, network: nn.Module, lr: float) -> None:
        super().__init__()
        self.network, self.lr, self.seconds = network, lr, 0.0
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
        self._began = time.perf_counter()

    def on_train_epoch_end(self) -> None:
        self.seconds = time.perf_counter() - self._began

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=self.lr)


class Pictures(torch.utils.data.Dataset):
    """As torchvision's MNIST hands them out: one at a time, a PIL image through its transforms."""

    def __init__(self, digits: LabelledImages, transform: Callable[[Image.Image], Tensor]) -> None:
        self.data, self.targets, self.transform = torch.from_numpy(digits.images), digits.labels.tolist(), transform

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.data[index].numpy())), self.targets[index]


def plain_lightning(config: Config) -> Epoch:
    """A script as in Lightning's tutorials; progress bar, logger and checkpoints are spared it."""
    runtime.silence_lightning()
    look = [transforms.ToTensor(), transforms.Normalize((config.data.mean,), (config.data.std,))]
    pictures = Pictures(_training(config), transforms.Compose(look))
    batches = DataLoader(pictures, batch_size=config.data.batch_size, shuffle=True)
    network = plain_network(config.model)
    off: dict[str, Any] = dict.fromkeys(
        ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False
    )

    def epoch() -> float:
        accelerator = config.trainer.accelerator
        trainer = pl.Trainer(max_epochs=1, accelerator=accelerator, devices=1, **off)
        module = Tutorial(network, config.optimizer.lr)
        trainer.fit(module, batches)
        return module.seconds

    return epoch


def plain_network(model: ModelConfig) -> nn.Sequential:
    """The same layers from torch alone."""
    activation = {"relu": nn.ReLU, "mish": nn.Mish, "sigmoid": nn.Sigmoid}[model["activation"]]
    layers: list[nn.Module] = []
    for width in model.get("channels", []):
        layers += [nn.LazyConv2d(width, model["kernel"], padding=model["padding"]), activation(), nn.MaxPool2d(2)]
    layers.append(nn.Flatten())
    for width in model["hidden"]:
        layers += [nn.LazyLinear(width), activation()]
    network = nn.Sequential(*layers, nn.LazyLinear(10))
    network(torch.zeros(1, 1, 28, 28))
    return network


def _training(config: Config) -> LabelledImages:
    return load(config.data.name, config.data.root)[0]


CONTENDERS = {"ours": ours, "raw": raw, "lightning": plain_lightning}


def serve(epoch: Epoch, about: dict[str, Any], told: TextIO) -> None:
    print(json.dumps(about), file=told, flush=True)
    for _ in sys.stdin:
        print(epoch(), file=told, flush=True)


def main() -> None:
    name, path = sys.argv[1:]
    told, sys.stdout = sys.stdout, sys.stderr  # whatever else is printed
    config = Config.from_dict(json.loads(Path(path).read_text()))
    epoch = CONTENDERS[name](config)
    serve(epoch, {"torch": torch.__version__, "lightning": pl.__version__}, told)


if __name__ == "__main__":
    main()
