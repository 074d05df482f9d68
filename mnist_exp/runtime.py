"""The process before training: imports, memory, threads, precision. Each setting says what it gains."""

import ctypes
import gc
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from types import ModuleType

from mnist_exp import PROCESS_START
from mnist_exp.config.schema import ConvConfig, ModelConfig, OwnModelConfig
from mnist_exp.errors import UserError

_process_start = [PROCESS_START]  # emptied by the first run, which counts the start-up


def start_of_run() -> float:
    """When this run began. The first run of a process began with the process."""
    return _process_start.pop() if _process_start else time.perf_counter()


def restart_clock() -> None:
    """Let the first run of this process begin now: the time before was spent on planning the sweep."""
    _process_start[:] = [time.perf_counter()]


def limit_thread_spinning() -> None:
    """Let waiting threads sleep soon instead of spinning. Works only before torch is imported.

    Two CNN runs at once on 2 cores then take twice as long as one, not eight times. With half of this value a
    single run's threads sleep between operations too (an epoch of cnn in bf16 6.3 s instead of 5.5); with twice the
    value two runs at once take 14.5 s an epoch instead of 12.5.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")


@contextmanager
def quick_imports() -> Iterator[None]:
    """No garbage collection while torch and Lightning are imported: 4.9 s → 3.9 s."""
    gc.disable()
    try:
        with _without_scipy_signal():
            yield
    finally:
        gc.enable()


@contextmanager
def _without_scipy_signal() -> Iterator[None]:
    """torchmetrics imports scipy.signal only to add a name to it: an empty module is enough and saves 0.6 s."""
    stand_in = ModuleType("scipy.signal")
    stand_in.hamming = None  # type: ignore[attr-defined]
    if sys.modules.setdefault("scipy.signal", stand_in) is not stand_in:
        yield
        return
    try:
        yield
    finally:
        del sys.modules["scipy.signal"]


def is_convolutional(model: ModelConfig) -> bool:
    """Whether a network is convolutional, from its settings: planning a sweep does not import torch."""
    return isinstance(model, ConvConfig)


def uses_all_cores(model: ModelConfig) -> bool:
    """Whether a network is not known to be dense: convolutional, or of the user's own."""
    return isinstance(model, ConvConfig | OwnModelConfig)


def threads(requested: int | None, all_cores: bool) -> int:
    """The CPU threads of a run: as requested, else one for dense networks and all available for others.

    A second thread does not make dense networks faster (784-100-10, batch 32: 4.9 s with one, 5.2 with two).
    """
    return requested or (usable_cores() if all_cores else 1)


def prepare(threads: int) -> None:
    """Prepare this process for training with that many threads."""
    import torch

    torch.set_num_threads(threads)
    # Deterministic mode would otherwise fill every fresh tensor with NaN first.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    _keep_large_buffers()
    silence_lightning()


def usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _keep_large_buffers() -> None:
    """Stop glibc from returning large buffers to the kernel after each use: 2.4 s → 1.4 s per 100 CNN steps."""
    m_trim_threshold, m_mmap_threshold = -1, -3  # malloc.h
    with suppress(OSError, AttributeError):  # macOS and musl have neither mallopt nor this problem
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(m_mmap_threshold, 32 << 20)
        libc.mallopt(m_trim_threshold, 1 << 30)


def silence_lightning() -> None:
    """Hide Lightning's tips, and advice that does not apply to data held in memory."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*is smaller than the logging interval.*")
    warnings.filterwarnings("ignore", message="GPU available but not used.*")  # as was asked
    warnings.filterwarnings("ignore", message="Checkpoint directory .* is not empty")  # with files of the user
    # Lightning 2.6 calls what torch 2.11 and later have deprecated.
    warnings.filterwarnings("ignore", message=r"`isinstance\(treespec, LeafSpec\)`", category=FutureWarning)


def accelerator(name: str) -> str:
    """The accelerator for Lightning, with auto resolved. Raises UserError if this machine does not have it."""
    import torch

    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    wanted = {"auto": found, "gpu": ("cuda", "mps")}.get(name, (name,))
    for candidate in wanted:
        if found[candidate]:
            return candidate
    raise UserError(
        f"trainer.accelerator={name}: PyTorch sees no such device here. Use trainer.accelerator=auto or cpu."
    )


def precision(name: str, device: str, convolutional: bool) -> str:
    """The precision; auto is bf16-mixed where the device has bf16 and the network becomes faster, else 32-true.

    On a CPU bf16 makes a dense network slower, since converting its weights takes longer than is saved: an epoch at
    batch 32 takes 1.15 to 1.38 times as long. A convolutional network takes 0.54 to 0.71 of the time.
    """
    if name == "auto":
        return "bf16-mixed" if _native_bf16(device) and (convolutional or device != "cpu") else "32-true"
    if name == "16-mixed" and device == "cpu":
        raise UserError("trainer.precision=16-mixed needs a GPU: use bf16-mixed or 32-true on the CPU.")
    return name


def _native_bf16(device: str) -> bool:
    import torch

    if device == "cuda":
        return torch.cuda.get_device_capability() >= (8, 0)
    if device == "cpu":
        has: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
        return bool(has.get("avx512_bf16") or has.get("amx_bf16"))
    return False
