"""The time per epoch of one network by every contender, as rows of the table and as lines of text."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch

from mnist_exp import runtime
from mnist_exp.benchmark.contenders import plain_network
from mnist_exp.benchmark.interleave import Contender, available_contenders, run_in_turns
from mnist_exp.benchmark.roofline import gemm_rate, step_operations, time_by_operation
from mnist_exp.config.schema import Config
from mnist_exp.data.datasets import train_size
from mnist_exp.training.build import build_classifier

OPERATIONS_SHOWN = 8  # kinds of operations


@dataclass(frozen=True)
class Row:
    """A row of benchmark.csv: one network by one contender."""

    network: str
    batch: int
    contender: str
    seconds: float  # the median
    quickest: float
    slowest: float
    turns: int
    times_ours: float  # the median of the ratios of the turns
    share_of_gemm: float | None  # of the peak matrix-product rate with as many threads
    threads: int
    about: str


def measure(config: Config, turns: int, keras: str | None) -> list[Row]:
    """Train the same network by every contender in turns.

    Args:
        config: What to train, from epoch_config.
        turns: How many epochs of each count, after one that warms up.
        keras: A Python interpreter that has Keras, or None to leave Keras out.

    Returns:
        A row per contender, ours first.

    Raises:
        UserError: A contender stopped.
    """
    convolutional = runtime.is_convolutional(config.model)
    auto = runtime.precision("auto", "cpu", convolutional)
    with tempfile.TemporaryDirectory() as folder:
        contenders = available_contenders(config, Path(folder), keras, None if auto == "32-true" else auto)
        run_in_turns(contenders, turns)
    threads = runtime.threads(config.trainer.threads, convolutional)
    shortest = _seconds_at_gemm_rate(config, threads)
    return [table_row(config, one, contenders[0], threads, shortest.get(one.name)) for one in contenders]


def _seconds_at_gemm_rate(config: Config, threads: int) -> dict[str, float]:
    """By contender, the seconds of an epoch at the peak matrix-product rate. The others choose their own threads."""
    steps = train_size(config.data) / config.data.batch_size
    networks = {"ours": build_classifier(config), "plain PyTorch loop": plain_network(config.model)}
    rate = gemm_rate(threads, torch.float32)
    return {name: steps * step_operations(network, config.data.batch_size) / rate for name, network in networks.items()}


def table_row(config: Config, one: Contender, ours: Contender, threads: int, shortest: float | None) -> Row:
    """What was measured of one contender; `shortest` is its seconds at the peak matrix-product rate, if known."""
    return Row(
        network=config.model.name,
        batch=config.data.batch_size,
        contender=one.name,
        seconds=one.median,
        quickest=min(one.seconds),
        slowest=max(one.seconds),
        turns=len(one.seconds),
        times_ours=median(a / b for a, b in zip(one.seconds, ours.seconds, strict=True)),
        share_of_gemm=None if shortest is None else shortest / one.median,
        threads=threads,
        about=" ".join(f"{name} {version}" for name, version in one.versions.items()),
    )


def row_lines(rows: Sequence[Row]) -> Iterator[str]:
    """The rows of one network as aligned text below a heading."""
    first = rows[0]
    yield f"{first.network}, batch {first.batch}, {first.threads} thread{'s' * (first.threads > 1)}"
    for row in rows:
        spread = f"({row.quickest:.2f} to {row.slowest:.2f})"
        share = "" if row.share_of_gemm is None else f"   {row.share_of_gemm:.0%} of the peak matrix-product rate"
        yield f"  {row.contender:18} {row.seconds:6.2f} s {spread:17} {row.times_ours:6.2f}{share}"


def time_lines(config: Config) -> Iterator[str]:
    """The share of each kind of operation in the time of a step of our network, as text."""
    threads = runtime.threads(config.trainer.threads, all_cores=True)
    operations = time_by_operation(build_classifier(config), config.data.batch_size, threads)
    yield f"Time of a step of our {config.model.name} by operation, forward and backward:"
    yield from (f"  {share:4.0%}  {name}" for name, share in operations[:OPERATIONS_SHOWN])
