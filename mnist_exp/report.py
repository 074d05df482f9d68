"""python -m mnist_exp.report SWEEP_DIR [MORE_DIRS…]: the study of one or several sweeps, at any time."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mnist_exp.errors import UserError
from mnist_exp.record import read_all
from mnist_exp.study import study


def report(folders: Sequence[Path]) -> str:
    """Write the tables into the first folder; the leaderboard and what it supports, to be printed."""
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"{folder} is no folder: name one that holds the runs of a sweep.")
    # The same run in two folders is one run, and the one that went well is the better record of it.
    found = [result for folder in folders for result in read_all(folder)]
    results = list({r["key"]: r for r in sorted(found, key=lambda r: r["status"] == "ok")}.values())
    if not results:
        raise UserError(f"No finished run in {', '.join(map(str, folders))}.")
    return study(folders[0], results)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m mnist_exp.report", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="SWEEP_DIR")
    try:
        print(report(parser.parse_args().folders))
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
