"""mnist-exp bench: time per epoch of each network, ours beside a plain PyTorch loop, plain Lightning and Keras.

All in one run and in turns, on the full MNIST, with Adam at a constant rate.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict

from mnist_exp import registry
from mnist_exp.benchmark.measure import Row, measure, row_lines, time_lines
from mnist_exp.benchmark.settings import NETWORKS, OUTPUT_DIR, epoch_config
from mnist_exp.command_line import Parser, any_text, whole_number
from mnist_exp.config.schema import MOST_IMAGES, MOST_THREADS
from mnist_exp.data.download import find_or_download
from mnist_exp.errors import UserError, unknown
from mnist_exp.runs.files import write_csv
from mnist_exp.runs.versions import machine, versions
from mnist_exp.runtime import is_convolutional


def benchmark(options: argparse.Namespace) -> None:
    """Measure every network, print the results, and write them into OUTPUT_DIR. Raises UserError."""
    root = epoch_config(options.networks[0], options.data).data.root
    data = find_or_download(options.data, root, True)
    configs = [epoch_config(name, data, options.batch, options.threads) for name in options.networks]
    print(f"Seconds per epoch of {data} in fp32: median of {options.turns} turns (fastest to slowest), ratio to ours")
    print(f"{machine()}, python {versions()['python']}, torch {versions()['torch']}\n", flush=True)
    rows: list[Row] = []
    for config in configs:
        rows += (measured := measure(config, options.turns, options.keras))
        print("\n".join(row_lines(measured)), flush=True)
    for config in [config for config in configs if is_convolutional(config.model)][:1]:
        print("\n".join(["", *time_lines(config)]))
    _write(rows, data)
    print(f"\nTable and figure → {OUTPUT_DIR}")
    if not options.keras:
        print("Without Keras: name an interpreter that has it with --keras PYTHON.")


def _write(rows: Sequence[Row], data: str) -> None:
    from mnist_exp.figures.benchmark import bars
    from mnist_exp.figures.style import save

    OUTPUT_DIR.mkdir(parents=True, exist_ok=True)
    write_csv(OUTPUT_DIR / "benchmark.csv", [asdict(row) | {"data": data, "machine": machine()} for row in rows])
    ratios: dict[str, dict[str, float]] = {}
    for row in rows:
        ratios.setdefault(row.network, {})[row.contender] = row.times_ours
    save(bars(ratios), OUTPUT_DIR / "benchmark.png")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; `arguments` are those of the process if not given."""
    options = _parser().parse_args(arguments)
    options.networks = options.networks or NETWORKS
    try:
        _check(options)
        benchmark(options)
    except UserError as error:
        sys.exit(f"Error: {error}")


def _check(options: argparse.Namespace) -> None:
    """Raise UserError for a network that is not benchmarked, or a Python that is not there."""
    for network in options.networks:
        if network not in NETWORKS:
            raise unknown("Network", network, NETWORKS)
        if options.networks.count(network) > 1:
            raise UserError(f"{network} is given twice.")
    if options.keras and shutil.which(options.keras) is None:
        raise UserError(f"--keras {options.keras}: is not a Python interpreter that can be run.")


def _parser() -> Parser:
    parser = Parser("bench", __doc__)
    add = parser.add_argument
    add("networks", nargs="*", metavar="NETWORK", help=f"{', '.join(NETWORKS)} (default: all)")
    add(
        "--turns", type=whole_number(1, 1000), default=5, help="turns that count, after one that warms up (%(default)s)"
    )
    add(
        "--batch",
        type=whole_number(1, MOST_IMAGES),
        help="images per step (32 for dense networks, 128 for convolutional ones)",
    )
    add(
        "--threads",
        type=whole_number(1, MOST_THREADS),
        help="of ours and of the plain PyTorch loop, as trainer.threads; Lightning and Keras choose their own",
    )
    add("--data", choices=sorted(registry.names("data")), default="mnist")
    add(
        "--keras",
        type=any_text,
        metavar="PYTHON",
        help="a Python interpreter that has Keras; it may be of another environment",
    )
    return parser


if __name__ == "__main__":
    main()
