"""mnist-exp choices [KIND] [--config-dir DIR]: everything that can be chosen, a line each. Does not import torch."""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from mnist_exp.activation_table import ACTIVATIONS, Activation
from mnist_exp.command_line import Parser, named_path, require_folders
from mnist_exp.config import CONF
from mnist_exp.config.keys import groups
from mnist_exp.config.schema import LISTS, OWN
from mnist_exp.errors import UserError, unknown

WIDTH = 100
PLUGINS = {"launcher": "hydra/launcher", "sweeper": "hydra/sweeper"}  # their choices come from Hydra's plugins too
DESCRIPTIONS = {
    "hydra/launcher/basic": "One run after another, in this process.",
    "hydra/launcher/joblib": "Several runs in parallel on this machine.",
    "hydra/launcher/submitit_local": "As submitit_slurm, but with processes on this machine.",
    "hydra/launcher/submitit_slurm": "A job array on a SLURM cluster; slurm has settings that fit here.",
    "hydra/sweeper/study": "All combinations, with tables and tests at the end: the default.",
    "hydra/sweeper/optuna": "A search by Optuna for the highest validation accuracy.",
    "hydra/sweeper/basic": "All combinations, one after another, without a study.",
}
# The example of own code for a kind, where it has another name.
EXAMPLE_OF = {
    "model": "network",
    "schedule": "optimizer",
    "callbacks": "callback",
    "metrics": "metric",
}
# Metrics of torchmetrics that return several numbers, or need more than a prediction per image.
NOT_ONE_NUMBER = {
    *("ConfusionMatrix", "PrecisionRecallCurve", "ROC", "StatScores", "ExactMatch", "PrecisionAtFixedRecall"),
    *("RecallAtFixedPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity"),
}


@dataclass(frozen=True)
class Choice:
    """Something that can be chosen: its name, where it comes from, and what it is in one sentence."""

    name: str
    source: str
    description: str


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = Parser("choices", __doc__)
    parser.add_argument("kind", nargs="?", metavar="KIND", help=f"one of {', '.join(kinds())}; default: all")
    parser.add_argument("--config-dir", type=named_path, metavar="DIR", help="a folder with config files of your own")
    options = parser.parse_args(arguments)
    try:
        print(listing(options.kind, options.config_dir))
    except UserError as error:
        sys.exit(f"Error: {error}")


def kinds(folder: Path | None = None) -> list[str]:
    """The kinds of choices; those of a folder of config files as well, if one is given."""
    own = [path.name for path in folder.iterdir() if path.is_dir() and path.name != "hydra"] if folder else []
    return ["activation", *sorted({*groups(), *LISTS, *own}), *PLUGINS]


def listing(kind: str | None = None, folder: Path | None = None) -> str:
    """The choices of one kind, or of all, as text. Raises UserError for an unknown kind or folder."""
    require_folders([folder] if folder else [], "--config-dir names one with config files of your own")
    kind = "activation" if kind == "model.activation" else kind  # as the list's heading has it
    if kind is not None and kind not in kinds(folder):
        raise unknown("Kind", kind, kinds(folder))
    chosen = [kind] if kind else kinds(folder)
    return "\n\n".join("\n".join(_section(one, choices_of(one, folder))) for one in chosen)


def _section(kind: str, choices: Sequence[Choice]) -> Iterator[str]:
    key = "model.activation" if kind == "activation" else PLUGINS.get(kind, kind)
    yield f"{key}=[NAME,…]" if kind in LISTS else f"{key}=NAME"
    names = max((len(one.name) for one in choices), default=0)
    sources = max((len(one.source) for one in choices), default=0)
    for one in choices:
        yield _shortened(f"  {one.name:{names}}  {one.source:{sources}}  {one.description}".rstrip())
    if kind == "activation" or kind in OWN or kind in LISTS:
        example = EXAMPLE_OF.get(kind, kind)
        yield f"  or your own: ./FILE.py:NAME or MODULE:NAME; mnist-exp example {example} writes one to copy"


def _shortened(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1].rstrip(' ,;:')}…"


def choices_of(kind: str, folder: Path | None = None) -> list[Choice]:
    """The choices of one kind; those with files in a folder of config files as well, if one is given."""
    if kind == "activation":
        return [_activation(name, row) for name, row in ACTIVATIONS.items()]
    group = PLUGINS.get(kind, kind)
    found = _in_folder(CONF, "conf", group) + (_in_folder(folder, str(folder), group) if folder else [])
    if kind in PLUGINS:
        found += _of_plugins(group, {one.name for one in found})
    return found + (_of_torchmetrics() if kind == "metrics" else [])


def _activation(name: str, row: Activation) -> Choice:
    return Choice(name, "learned" if row.learned else "", f"{row.formula}  ({row.source})")


def first_sentence(text: str) -> str:
    """The first sentence of a text's first paragraph, without marks of reStructuredText."""
    paragraph = " ".join(text.strip().partition("\n\n")[0].split())
    plain = re.sub(r":\w+:`~?([^`]*)`|`{1,2}([^`]*)`{1,2}(?:_+)?", r"\1\2", paragraph)
    found = re.match(r".*?(?<! al)[.!?](?=\s|$)", plain)
    return found[0] if found else plain


def header_comment(text: str) -> str:
    """The comment with which a config file begins, up to its first empty line."""
    lines = [line for line in text.splitlines() if not line.startswith("# @package")]
    comment: list[str] = []
    for line in lines:
        if not line.startswith("# "):
            break
        comment.append(line.removeprefix("# "))
    return "\n".join(comment)


def _in_folder(folder: Path, name: str, group: str) -> list[Choice]:
    paths = sorted(path for path in (folder / group).glob("*.yaml") if not path.stem.startswith("_"))
    return [Choice(path.stem, f"{name}/{group}", first_sentence(header_comment(path.read_text()))) for path in paths]


def _of_plugins(group: str, known: set[str]) -> list[Choice]:
    """What Hydra and its plugins register; Hydra imports the plugins for this."""
    from hydra.core.config_store import ConfigStore
    from hydra.core.plugins import Plugins

    Plugins.instance()
    store = ConfigStore.instance()
    found = []
    for file in store.list(group):
        name = file.removesuffix(".yaml")
        if file != name and name not in known:
            provider = store.load(f"{group}/{file}").provider or "hydra"
            found.append(Choice(name, provider, DESCRIPTIONS.get(f"{group}/{name}", "")))
    return found


def _of_torchmetrics() -> list[Choice]:
    """The classification metrics that take many classes."""
    spec = find_spec("torchmetrics")
    assert spec is not None
    assert spec.origin is not None
    texts = [path.read_text() for path in sorted((Path(spec.origin).parent / "classification").glob("[!_]*.py"))]
    classes = {name: text for text in texts for name, text in _multiclass(text)}
    return [Choice(name, "torchmetrics", classes[name]) for name in sorted(classes.keys() - NOT_ONE_NUMBER)]


def _multiclass(source: str) -> list[tuple[str, str]]:
    """The name of each multi-class metric in a source file, and the first sentence of its docstring."""
    found = re.findall(r'^class Multiclass(\w+)\([^)]*\):\s*r?"""(.*?)"""', source, re.M | re.S)
    return [(name, first_sentence(docstring)) for name, docstring in found]


if __name__ == "__main__":
    main()
