"""mnist-exp bench: an epoch of each network, ours beside a bare PyTorch loop, plain Lightning and Keras.

All in one run and in turns, on the full MNIST, with Adam at a constant rate.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import torch

from mnist_exp.benchmark.contenders import plain_network
from mnist_exp.benchmark.interleave import Contender, contenders, take_turns
from mnist_exp.benchmark.roofline import gemm_rate, operations, shares
from mnist_exp.config.compose import compose
from mnist_exp.config.schema import Config
from mnist_exp.data.datasets import DATASETS
from mnist_exp.data.download import find_or_download
from mnist_exp.errors import UserError
from mnist_exp.runs.files import write_csv
from mnist_exp.runs.versions import machine, versions
from mnist_exp.training import runtime
from mnist_exp.training.build import build_classifier

OUT = Path("multirun/benchmark")
NETWORKS = ["softmax", "mlp", "mlp_deep", "cnn", "cnn_deep"]
BATCH = {True: 128, False: 32}  # of convolutional and of dense networks, where not typed
SHOWN = 8  # kinds of operations


@dataclass(frozen=True)
class Row:
    network: str
    batch: int
    contender: str
    seconds: float  # the median
    quickest: float
    slowest: float
    turns: int
    times_ours: float  # median over the turns
    share_of_gemm: float | None  # of the machine's rate of matrix products, on as many threads
    threads: int
    about: str


def settings(network: str, data: str, batch: int | None, threads: int | None) -> Config:
    """The same for all contenders."""
    size = batch or BATCH[network.startswith("cnn")]
    typed = [f"model={network}", f"data={data}", f"data.batch_size={size}", "data.val_size=0", "trainer.max_epochs=1"]
    typed += ["optimizer.lr=0.001", "schedule=constant", "trainer.precision=32-true", "trainer.accelerator=cpu"]
    typed += ["trainer.progress_bar=false", f"trainer.threads={threads or 'null'}", "diagnostics.figures=false"]
    return compose(typed)


def measure(plain: Config, turns: int, keras: str | None) -> list[Row]:
    convolutional = runtime.is_convolutional(plain.model)
    auto = runtime.precision("auto", "cpu", convolutional)
    with tempfile.TemporaryDirectory() as folder:
        entered = contenders(plain, Path(folder), keras, None if auto == "32-true" else auto)
        take_turns(entered, turns)
    threads = runtime.threads(plain.trainer.threads, convolutional)
    steps = DATASETS[plain.data.name].train_size / plain.data.batch_size
    networks = {"ours": build_classifier(plain), "raw loop": plain_network(plain.model)}
    rate = gemm_rate(threads, torch.float32)
    least = {who: steps * operations(one, plain.data.batch_size) / rate for who, one in networks.items()}
    return [_row(plain, one, entered[0], threads, least.get(one.name)) for one in entered]


def _row(plain: Config, one: Contender, first: Contender, threads: int, least: float | None) -> Row:
    times = median(a / b for a, b in zip(one.seconds, first.seconds, strict=True))
    share = least and least / one.median  # the others choose their threads
    about = " ".join(f"{name} {version}" for name, version in one.about.items())
    what = (plain.model.name, plain.data.batch_size, one.name, one.median)
    return Row(*what, min(one.seconds), max(one.seconds), len(one.seconds), times, share, threads, about)


def as_lines(rows: Sequence[Row]) -> Iterator[str]:
    first = rows[0]
    yield f"{first.network}, batch {first.batch}, {first.threads} thread{'s' * (first.threads > 1)}"
    for row in rows:
        spread = f"({row.quickest:.2f} to {row.slowest:.2f})"
        share = "" if row.share_of_gemm is None else f"   {row.share_of_gemm:.0%} of matrix products' rate"
        yield f"  {row.contender:16} {row.seconds:6.2f} s {spread:17} {row.times_ours:6.2f}{share}"


def where_time_goes(plain: Config) -> Iterator[str]:
    threads = runtime.threads(plain.trainer.threads, convolutional=True)
    found = shares(build_classifier(plain), plain.data.batch_size, threads)[:SHOWN]
    yield f"Where a step of our {plain['model']['name']} goes, forward and backward:"
    yield from (f"  {share:4.0%}  {name}" for name, share in found)


def benchmark(typed: argparse.Namespace) -> None:
    from mnist_exp.figures.benchmark import bars
    from mnist_exp.figures.style import save

    first = settings(typed.networks[0], typed.data, typed.batch, typed.threads).data
    data = find_or_download(first.name, first.root, True)
    where = f"{machine()}, python {versions()['python']}, torch {versions()['torch']}"
    print(f"Seconds for an epoch of {data} in fp32, median of {typed.turns} turns (quickest to slowest), times ours")
    print(f"{where}\n", flush=True)
    rows: list[Row] = []
    for network in typed.networks:
        rows += (new := measure(settings(network, data, typed.batch, typed.threads), typed.turns, typed.keras))
        print("\n".join(as_lines(new)), flush=True)
    for network in [n for n in typed.networks if n.startswith("cnn")][:1]:
        print("\n".join(["", *where_time_goes(settings(network, data, typed.batch, typed.threads))]))
    OUT.mkdir(parents=True, exist_ok=True)
    write_csv(OUT / "benchmark.csv", [asdict(row) | {"data": data, "machine": machine()} for row in rows])
    times = {row.network: {r.contender: r.times_ours for r in rows if r.network == row.network} for row in rows}
    save(bars(times), OUT / "benchmark.png")
    print(f"\nTable and picture → {OUT}")
    if not typed.keras:
        print("Without Keras: name an interpreter that has it with --keras PYTHON.")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="mnist-exp bench", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=f"{', '.join(NETWORKS)}: all unless named")
    parser.add_argument("--turns", type=int, default=5, help="that count, after one to warm up (%(default)s)")
    parser.add_argument("--batch", type=int, help="images a step (32 for dense networks, 128 for convolutional ones)")
    parser.add_argument("--threads", type=int, help="of ours and the raw loop (as trainer.threads; the others: theirs)")
    parser.add_argument("--data", choices=sorted(DATASETS), default="mnist")
    parser.add_argument(
        "--keras", metavar="PYTHON", help="an interpreter that has Keras; it may be of another environment"
    )
    typed = parser.parse_args(arguments)
    typed.networks = typed.networks or NETWORKS
    if unknown := sorted(set(typed.networks) - set(NETWORKS)):
        parser.error(f"{', '.join(unknown)}: not among {', '.join(NETWORKS)}")
    try:
        benchmark(typed)
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
