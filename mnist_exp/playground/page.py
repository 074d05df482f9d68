"""playground.html: trained networks, and the scripts that compute and show what they do, in one file."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from mnist_exp.errors import UserError
from mnist_exp.html_page import script_json, write_html
from mnist_exp.playground.networks import Network, Selection, select
from mnist_exp.runs.run_selection import HOW_TO_TRAIN, finished_runs

TEMPLATE = Path(__file__).parent / "page.html"
# What the page's worker runs, in this order: everything that computes.
WORKER_SCRIPTS = (
    "arrays.js",
    "operations.js",
    "network.js",
    "distances.js",
    "ink.js",
    "preparation.js",
    "disturbances.js",
    "worker.js",
)


def write_playground(folders: Sequence[Path], file: Path) -> Path:
    """Write the page with the best network of each activation in these folders of runs.

    A network that the page cannot run is named on stderr and on the page, and left out.

    Raises:
        UserError: if a folder has no finished run, or if no network can be shown.
    """
    write(selected(folders), file)
    return file


def selected(folders: Sequence[Path]) -> Selection:
    """The networks of the page; those that it cannot have are named on stderr. Raises UserError if there is none."""
    records = {record.key: record for folder in folders for record in finished_runs(folder)}
    selection = select([*records.values()])  # by key, because a run may be in two of the folders
    for text in selection.left_out:
        print(f"! left out: {text}", file=sys.stderr)
    if not selection.networks:
        raise UserError(f"The page can show none of the networks in {', '.join(map(str, folders))}: {HOW_TO_TRAIN}.")
    return selection


def write(selection: Selection, file: Path) -> None:
    """Write the page, whole or not at all."""
    data = {
        "title": file.resolve().parent.name,
        "made": date.today().isoformat(),
        "left_out": selection.left_out,
        "sets": [asdict(images.encoded()) for images in selection.sets],
        "networks": [asdict(network) for network in selection.networks],
    }
    write_html(TEMPLATE, file, data=script_json(data), worker_scripts=WORKER_SCRIPTS)


def describe(networks: Sequence[Network]) -> str:
    """cnn (mish, relu); mlp (relu)"""
    return "; ".join(f"{network.name} ({', '.join(arm.name for arm in network.arms)})" for network in networks)
