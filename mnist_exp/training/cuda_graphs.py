"""A step of training in its two halves: the gradients, then what the optimiser makes of them.

On a CUDA GPU both are recorded once and then played: one by one, launching its hundred small kernels keeps the CPU busy
for longer than the GPU takes to run them (cnn on an H200, batch 128: 2.9 ms a step, played 0.4).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn, optim

WARM_UP = 3  # steps one by one before recording: libraries choose their kernels, optimisers make their memory


def make_steps(
    classifier: Any, optimizer: optim.Optimizer, gradient_clip: float | None, scaler: Any, device: torch.device
) -> "Steps":
    kind = RecordedSteps if device.type == "cuda" and scaler is None else Steps  # a scaler keeps count on the CPU
    return kind(classifier, optimizer, gradient_clip, scaler, device)


class Steps:
    """Taken one by one."""

    def __init__(
        self,
        classifier: Any,
        optimizer: optim.Optimizer,
        gradient_clip: float | None,
        scaler: Any,
        device: torch.device,
    ) -> None:
        self.classifier, self.optimizer = classifier, optimizer
        self.gradient_clip, self.scaler = gradient_clip, scaler
        self._full = torch.autocast(device.type, enabled=False)  # Lightning has it on for a whole round

    def gradients(self, images: Tensor, labels: Tensor) -> Tensor:
        """Those of the loss, at each weight; the logits."""
        logits = self.classifier.logits(images)
        loss = self.classifier.loss(logits, labels)
        self.optimizer.zero_grad()
        with self._full:
            (self.scaler.scale(loss) if self.scaler else loss).backward()
        return logits.detach()

    def update(self) -> None:
        with self._full:
            if self.gradient_clip:
                nn.utils.clip_grad_norm_(self.classifier.parameters(), self.gradient_clip)
            if self.scaler:
                self.scaler.step(self.optimizer)
                self.scaler.update()
            else:
                self.optimizer.step()


class RecordedSteps(Steps):
    """Played, but for the first few and those of another size than the first, as an epoch's last often is."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._taken, self._size, self._plays = 0, 0, False
        self._forth: torch.cuda.CUDAGraph | None = None

    def gradients(self, images: Tensor, labels: Tensor) -> Tensor:
        self._size, self._taken = self._size or len(labels), self._taken + 1
        self._plays = self._taken > WARM_UP and len(labels) == self._size
        if not self._plays:
            return super().gradients(images, labels)
        if self._forth is None:
            self._record(images, labels)
        assert self._forth
        self._images.copy_(images)
        self._labels.copy_(labels)
        for weight, gradient in self._given:
            weight.grad = gradient
        self._forth.replay()
        return self._logits.clone()  # the next step writes over it

    def update(self) -> None:
        if not self._plays:
            super().update()
            return
        for group, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            rate.fill_(group["lr"])
        self._back.replay()

    def _record(self, images: Tensor, labels: Tensor) -> None:
        """Nothing is computed here."""
        self._images, self._labels = images.clone(), labels.clone()
        self._rates = [torch.zeros((), dtype=torch.float32, device=images.device) for _ in self.optimizer.param_groups]
        self.optimizer.zero_grad()
        self._forth, self._back = torch.cuda.CUDAGraph(), torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._forth):
            self._logits = super().gradients(self._images, self._labels)
        self._given = [(weight, weight.grad) for weight in self.classifier.parameters()]
        with torch.cuda.graph(self._back), self._rates_on_the_device():
            super().update()

    @contextmanager
    def _rates_on_the_device(self) -> Iterator[None]:
        """As a number it would be recorded with the step, as a tensor it is looked up whenever that is played."""
        numbers = [group["lr"] for group in self.optimizer.param_groups]
        self._rate_with(self._rates)
        try:
            yield
        finally:
            self._rate_with(numbers)

    def _rate_with(self, rates: list[Any]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
