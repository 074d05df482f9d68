"""mnist-exp report [SWEEP_DIR…]: write the study of one or several sweeps, by default of the newest."""

import sys
from collections.abc import Sequence
from pathlib import Path

from mnist_exp.command_line import Parser, any_text, named_path, positive_number, require_folders
from mnist_exp.config.schema import StudyConfig
from mnist_exp.errors import UserError, unknown
from mnist_exp.runs.sweep_dir import PLAN, records_to_study, study_config
from mnist_exp.study.looks import read_all_rules
from mnist_exp.study.write import write_study


def report(folders: Sequence[Path], margin: float | None = None, control: str | None = None) -> str:
    """Write one study of all runs in these folders into the first of them.

    Args:
        folders: the folders of sweeps.
        margin: study.margin, if it is not to be that of the sweep.
        control: study.control, likewise.

    Returns:
        The leaderboard and the verdicts, to be printed.

    Raises:
        UserError: if a folder does not exist, or none of them has runs.
    """
    require_folders(folders, "name one that holds the runs of a sweep")
    records = records_to_study(folders)
    if not records:
        raise UserError(f"No finished run in {', '.join(map(str, folders))}.")
    if (margin or control) and read_all_rules(records):
        raise UserError("--margin and --control: a sweep with sweep.until=decided keeps those that it began with.")
    names = list(dict.fromkeys(record.activation for record in records if record.activation))
    if control and control not in names:
        raise unknown("--control", control, names)
    options = study_config(folders, records)
    options = StudyConfig(margin=margin or options.margin, control=control or options.control)
    return write_study(folders[0], records, options)


def newest_sweep(multirun: Path) -> Path:
    """The sweep in a folder of sweeps that was started or resumed last. Raises UserError."""
    plans = sorted(multirun.glob(f"*/{PLAN}"), key=lambda path: path.lstat().st_mtime)
    if not plans:
        raise UserError(f"No sweep in {multirun}/ yet: make sweep does one.")
    return plans[-1].parent


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; `arguments` are those of the process if not given."""
    parser = Parser("report", __doc__)
    parser.add_argument("folders", nargs="*", type=named_path, metavar="SWEEP_DIR")
    parser.add_argument("--margin", type=positive_number, metavar="POINTS", help="study.margin, instead of the sweep's")
    parser.add_argument("--control", type=any_text, metavar="ACTIVATION", help="study.control, instead of the sweep's")
    given = parser.parse_args(arguments)
    try:
        folders = given.folders or [newest_sweep(Path("multirun"))]
        print(f"{report(folders, given.margin, given.control)}\n\nTables → {folders[0]}")
    except UserError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
