"""python -m mnist_exp.benchmark.activations: time per training epoch with each activation, as a ratio to ReLU's.

Each activation and ReLU train in turns, at the precision and the threads of trainer.…=auto.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from mnist_exp import registry
from mnist_exp.activation_table import ACTIVATIONS
from mnist_exp.benchmark.interleave import Contender, run_in_turns
from mnist_exp.benchmark.settings import BATCH_SIZES, NETWORKS, OUTPUT_DIR
from mnist_exp.command_line import Parser, whole_number
from mnist_exp.config.compose import compose
from mnist_exp.errors import UserError, unknown
from mnist_exp.runs.files import write_csv, write_json
from mnist_exp.runs.versions import machine, versions

REFERENCE = "relu"


@dataclass(frozen=True)
class Row:
    """A row of activation_epochs.csv: one network with one activation."""

    network: str
    activation: str
    learned: bool
    seconds: float  # the median
    times_relu: float  # the median of the ratios of the turns
    lowest: float  # of these ratios
    highest: float
    turns: int
    data: str


def contender(activation: str, options: argparse.Namespace, folder: Path) -> Contender:
    """Our training with one activation."""
    config = compose(
        [
            *(f"model={options.network}", f"model.activation={activation}"),
            *(f"data.batch_size={BATCH_SIZES[options.network]}", f"data={options.data}"),
            *("trainer.max_epochs=1", "trainer.accelerator=cpu", "trainer.progress_bar=false"),
            *("diagnostics.figures=false", "logger=[]"),
        ]
    )
    path = folder / f"{activation}.json"
    write_json(path, config.to_dict())
    return Contender(activation, [sys.executable, "-m", "mnist_exp.benchmark.contenders", "ours", str(path)])


def measure(activation: str, options: argparse.Namespace) -> Row:
    """Train with the activation and with ReLU in turns. Raises UserError if one of them stops."""
    with tempfile.TemporaryDirectory() as name:
        relu, other = (contender(one, options, Path(name)) for one in (REFERENCE, activation))
        run_in_turns([relu, other], options.turns)
    ratios = [a / b for a, b in zip(other.seconds, relu.seconds, strict=True)]
    spread = (median(ratios), min(ratios), max(ratios))
    return Row(
        options.network, activation, ACTIVATIONS[activation].learned, other.median, *spread, options.turns, options.data
    )


def row_lines(rows: Sequence[Row]) -> Iterator[str]:
    """The rows as aligned text, the fastest first."""
    for row in sorted(rows, key=lambda row: row.times_relu):
        learned = "  learned" if row.learned else ""
        yield f"  {row.activation:14} {row.times_relu:5.2f} ({row.lowest:.2f} to {row.highest:.2f}){learned}"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; `arguments` are those of the process if not given."""
    others = [name for name in registry.names("activation") if name != REFERENCE]
    parser = Parser("activations", __doc__)
    parser.prog = "python -m mnist_exp.benchmark.activations"
    add = parser.add_argument
    add("activations", nargs="*", metavar="ACTIVATION", help="default: all")
    add("--network", choices=NETWORKS, default="cnn", help="(%(default)s)")
    add("--data", choices=sorted(registry.names("data")), default="mnist5k", help="(%(default)s)")
    add("--turns", type=whole_number(1, 1000), default=9, help="turns that count (%(default)s)")
    options = parser.parse_args(arguments)
    rows = []
    try:
        for activation in options.activations:
            if activation not in others:
                raise unknown("Activation", activation, others)
        print(f"Time per training epoch of {options.network} relative to {REFERENCE}: median of {options.turns} turns")
        print(f"{machine()}, python {versions()['python']}, torch {versions()['torch']}\n", flush=True)
        for activation in options.activations or others:
            rows.append(measure(activation, options))
            print("\n".join(row_lines(rows[-1:])), flush=True)
    except UserError as error:
        sys.exit(f"Error: {error}")
    OUTPUT_DIR.mkdir(parents=True, exist_ok=True)
    write_csv(OUTPUT_DIR / "activation_epochs.csv", [asdict(row) for row in rows])
    print("\n".join(["", "Fastest first:", *row_lines(rows)]))
    print(f"\nTable → {OUTPUT_DIR / 'activation_epochs.csv'}")


if __name__ == "__main__":
    main()
