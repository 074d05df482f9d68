"""Start-up: imports, allocator, threads, precision. The only place for such tricks; each says what it buys."""

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
from mnist_exp.config.schema import ConvConfig, ModelConfig
from mnist_exp.errors import UserError

_process_began = [PROCESS_START]  # emptied by the first run, which owns the start-up


def run_began() -> float:
    """When this run began: for the first of a process, when the process did."""
    return _process_began.pop() if _process_began else time.perf_counter()


def restart_clock() -> None:
    """The first run of this process begins now: what came before it was a sweep's planning."""
    _process_began[:] = [time.perf_counter()]


def wait_politely() -> None:
    """Let waiting threads sleep soon instead of spinning; to be said before torch is imported.

    Two CNN runs at once on 2 cores then take twice as long as one, not eight times. With half of this a lone run's
    threads fall asleep between operations too (an epoch of cnn in bf16 6.3 s instead of 5.5), with twice as much two
    runs at once take 14.5 s an epoch instead of 12.5.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")


@contextmanager
def quick_imports() -> Iterator[None]:
    """Garbage collection off while torch and Lightning import: 4.9 s → 3.9 s, since nothing there is garbage."""
    gc.disable()
    try:
        with _stand_in_for_scipy_signal():
            yield
    finally:
        gc.enable()


@contextmanager
def _stand_in_for_scipy_signal() -> Iterator[None]:
    """torchmetrics imports scipy.signal only to patch a name into it: an empty module does, and saves 0.6 s."""
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
    """Of a network's settings; without torch, which a sweep's planning need not wait for."""
    return isinstance(model, ConvConfig)


def threads(wanted: int | None, convolutional: bool) -> int:
    """How many CPU threads a run has: as wanted, else all the process may use for convolutions, one for dense networks.

    A second one does not speed those up (784-100-10, batch 32: 4.9 s with one, 5.2 with two); another run can have it.
    """
    return wanted or (usable_cores() if convolutional else 1)


def prepare(threads: int) -> None:
    """Make this process ready to train with that many threads."""
    import torch

    torch.set_num_threads(threads)
    # Deterministic mode would otherwise fill every fresh tensor with NaN first.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    _keep_big_blocks()
    quiet()


def usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _keep_big_blocks() -> None:
    """Stop glibc from giving every big activation buffer back to the kernel: 2.4 s → 1.4 s per 100 CNN steps."""
    m_trim_threshold, m_mmap_threshold = -1, -3  # malloc.h
    with suppress(OSError, AttributeError):  # macOS and musl have no mallopt, nor the problem
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(m_mmap_threshold, 32 << 20)
        libc.mallopt(m_trim_threshold, 1 << 30)


def quiet() -> None:
    """No advertisement and no advice that does not apply to data held in memory."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")
    warnings.filterwarnings("ignore", message=".*is smaller than the logging interval.*")
    warnings.filterwarnings("ignore", message="GPU available but not used.*")  # as was asked
    # Lightning 2.6 calls what torch 2.11 and later have deprecated; nothing of ours.
    warnings.filterwarnings("ignore", message=r"`isinstance\(treespec, LeafSpec\)`", category=FutureWarning)


def accelerator(name: str) -> str:
    """The accelerator Lightning is to use: auto resolved, an absent one refused."""
    import torch

    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    wanted = {"auto": found, "gpu": ("cuda", "mps")}.get(name, (name,))
    for candidate in wanted:
        if found[candidate]:
            return candidate
    raise UserError(
        f"trainer.accelerator={name}: PyTorch sees no such device here. Take trainer.accelerator=auto or cpu."
    )


def precision(name: str, device: str, convolutional: bool) -> str:
    """auto is bf16-mixed where the device multiplies bf16 natively and the network gains by it, else 32-true.

    On a CPU a dense network loses: casting its weights takes longer than is saved (an epoch at batch 32: 1.15 to 1.38
    times as long), while a convolutional one takes 0.54 to 0.71 of the time.
    """
    if name == "auto":
        return "bf16-mixed" if _native_bf16(device) and (convolutional or device != "cpu") else "32-true"
    if name == "16-mixed" and device == "cpu":
        raise UserError("trainer.precision=16-mixed needs a GPU: take bf16-mixed or 32-true on the CPU.")
    return name


def _native_bf16(device: str) -> bool:
    import torch

    if device == "cuda":
        return torch.cuda.get_device_capability() >= (8, 0)
    if device == "cpu":
        has: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
        return bool(has.get("avx512_bf16") or has.get("amx_bf16"))
    return False
