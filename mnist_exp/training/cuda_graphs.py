"""A training step in its two halves: computing the gradients, then the optimizer's update.

On a CUDA GPU both are recorded once as CUDA graphs and then replayed. Launched one by one, a step's hundred small
kernels keep the CPU busy for longer than the GPU runs them (cnn on an H200, batch 128: 2.9 ms a step, replayed 0.4).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor, nn, optim

WARM_UP = 3  # steps before recording, in which libraries choose their kernels


class Trainable(Protocol):
    """What a step needs of the module that is trained."""

    @property
    def is_built_in(self) -> bool: ...

    def logits_and_loss(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]: ...

    def parameters(self) -> Iterator[nn.Parameter]: ...


def make_step_runner(
    module: Trainable, optimizer: optim.Optimizer, gradient_clip: float | None, scaler: Any, device: torch.device
) -> "StepRunner":
    # A gradient scaler counts on the CPU, which a graph cannot record. The user's own code may do so too.
    is_recordable = device.type == "cuda" and scaler is None and module.is_built_in
    kind = RecordedStepRunner if is_recordable else StepRunner
    return kind(module, optimizer, gradient_clip, scaler, device)


class StepRunner:
    """Computes the steps one by one."""

    def __init__(
        self,
        module: Trainable,
        optimizer: optim.Optimizer,
        gradient_clip: float | None,
        scaler: Any,
        device: torch.device,
    ) -> None:
        self.module, self.optimizer = module, optimizer
        self.gradient_clip, self.scaler = gradient_clip, scaler
        self._no_autocast = torch.autocast(device.type, enabled=False)  # Lightning has it on during training_step

    def gradients(self, images: Tensor, labels: Tensor) -> Tensor:
        """Compute the gradient of the loss at each parameter; return the logits."""
        logits, loss = self.module.logits_and_loss(images, labels)
        self.optimizer.zero_grad()
        with self._no_autocast:
            (self.scaler.scale(loss) if self.scaler else loss).backward()
        return logits.detach()

    def update(self) -> None:
        """Clip the gradients and let the optimizer take its step."""
        with self._no_autocast:
            if self.gradient_clip:
                nn.utils.clip_grad_norm_(self.module.parameters(), self.gradient_clip)
            if self.scaler:
                self.scaler.step(self.optimizer)
                self.scaler.update()
            else:
                self.optimizer.step()


class RecordedStepRunner(StepRunner):
    """Replays the steps, except the first few and those with another batch size, as an epoch's last may have."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._taken, self._size, self._replays = 0, 0, False
        self._forward: torch.cuda.CUDAGraph | None = None

    def gradients(self, images: Tensor, labels: Tensor) -> Tensor:
        self._size, self._taken = self._size or len(labels), self._taken + 1
        self._replays = self._taken > WARM_UP and len(labels) == self._size
        if not self._replays:
            return super().gradients(images, labels)
        if self._forward is None:
            self._record(images, labels)
        assert self._forward
        self._images.copy_(images)
        self._labels.copy_(labels)
        for weight, gradient in self._recorded_gradients:
            weight.grad = gradient
        self._forward.replay()
        return self._logits.clone()  # the next step overwrites it

    def update(self) -> None:
        if not self._replays:
            super().update()
            return
        for group, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            rate.fill_(group["lr"])
        self._update_graph.replay()

    def _record(self, images: Tensor, labels: Tensor) -> None:
        """Record both graphs; nothing is computed here."""
        self._images, self._labels = images.clone(), labels.clone()
        self._rates = [torch.zeros((), dtype=torch.float32, device=images.device) for _ in self.optimizer.param_groups]
        self.optimizer.zero_grad()
        self._forward, self._update_graph = torch.cuda.CUDAGraph(), torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._forward):
            self._logits = super().gradients(self._images, self._labels)
        self._recorded_gradients = [(weight, weight.grad) for weight in self.module.parameters()]
        with torch.cuda.graph(self._update_graph), self._rates_as_tensors():
            super().update()

    @contextmanager
    def _rates_as_tensors(self) -> Iterator[None]:
        """A number would be recorded with the step; a tensor is read at each replay."""
        numbers = [group["lr"] for group in self.optimizer.param_groups]
        self._set_rates(self._rates)
        try:
            yield
        finally:
            self._set_rates(numbers)

    def _set_rates(self, rates: list[Any]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
