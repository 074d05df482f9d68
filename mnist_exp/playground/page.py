"""playground.html: trained networks, and the scripts that compute and show what they do, in one file."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from mnist_exp.errors import UserError
from mnist_exp.playground.networks import Network, Selection, select
from mnist_exp.runs.run_selection import HOW_TO_TRAIN, finished_runs

PAGE = "playground.html"
TEMPLATE = "page.html"
# What the page's worker runs, in this order: everything that computes.
WORKER_SCRIPTS = (
    "operations.js",
    "network.js",
    "distances.js",
    "ink.js",
    "preparation.js",
    "disturbances.js",
    "worker.js",
)


class Verbatim(FileSystemLoader):
    """Templates, and scripts and styles in which nothing is replaced."""

    def get_source(self, environment: Environment, template: str) -> Any:
        source, path, is_current = super().get_source(environment, template)
        verbatim = source if template.endswith(".html") else f"{{% raw %}}{source}{{% endraw %}}"
        return verbatim, path, is_current


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
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, loader=Verbatim(Path(__file__).parent)
    )
    title = file.resolve().parent.name
    data = in_page(
        {
            "title": title,
            "made": date.today().isoformat(),
            "left_out": selection.left_out,
            "sets": [asdict(images.encoded()) for images in selection.sets],
            "networks": [asdict(network) for network in selection.networks],
        }
    )
    partial = file.with_name(f".{file.name}")
    partial.write_text(
        environment.get_template(TEMPLATE).render(title=title, data=data, worker_scripts=WORKER_SCRIPTS),
        encoding="utf-8",
    )
    partial.replace(file)


def in_page(content: object) -> Markup:
    """JSON that can stand in a script element: no text in it ends that element."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def describe(networks: Sequence[Network]) -> str:
    """cnn (mish, relu); mlp (relu)"""
    return "; ".join(f"{network.name} ({', '.join(arm.name for arm in network.arms)})" for network in networks)
