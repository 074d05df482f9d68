"""mnist-exp report [SWEEP_DIR…]: the study of one or several sweeps, or of the newest, at any time."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mnist_exp.errors import UserError
from mnist_exp.runs.sweep_dir import PLAN, records_to_study
from mnist_exp.study.write import write_study


def report(folders: Sequence[Path]) -> str:
    """Write the tables into the first folder; the leaderboard and what it supports, to be printed."""
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"{folder} is no folder: name one that holds the runs of a sweep.")
    results = records_to_study(folders)
    if not results:
        raise UserError(f"No finished run in {', '.join(map(str, folders))}.")
    return write_study(folders[0], results)


def newest(multirun: Path) -> Path:
    """The sweep that was begun or resumed last."""
    plans = sorted(multirun.glob(f"*/{PLAN}"), key=lambda path: path.stat().st_mtime)
    if not plans:
        raise UserError(f"No sweep in {multirun}/ yet: make sweep does one.")
    return plans[-1].parent


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="mnist-exp report", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="SWEEP_DIR")
    try:
        folders = parser.parse_args(arguments).folders or [newest(Path("multirun"))]
        print(f"{report(folders)}\n\nTables → {folders[0]}")
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
