"""The text of mnist-exp --help. Names come from the config folder, the registry and the table of subcommands."""

import textwrap
from collections.abc import Iterator, Mapping
from string import Template

from mnist_exp import registry
from mnist_exp.cli.subcommands import SUBCOMMANDS
from mnist_exp.config.keys import group_choices

ACTIVATIONS = 4  # how many are shown
WIDTH = 100
INDENT = 20  # where descriptions begin
CHOICES = ("model", "data", "optimizer", "schedule", "callbacks", "logger", "metrics", "recipe", "experiment", "sweep")
# The keys used most, by section.
KEYS = {
    "model.": ("activation", "hidden", "dropout", "batch_norm", "init"),
    "data.": ("root", "batch_size", "val_size", "augment.shift", "augment.rotation", "augment.elastic"),
    "optimizer.": ("lr", "weight_decay"),
    "trainer.": ("max_epochs", "accelerator", "precision", "threads", "gradient_clip", "early_stopping"),
    "diagnostics.": ("figures", "probe_every", "test_each_epoch"),
}
OPTIONS = {
    "--cfg job": "print all keys with their values and run nothing",
    "--config-dir DIR": "take config files from this folder too",
}
TEMPLATE = Template("""\
Which activation function, on which network, and why? Experiments on MNIST.

  mnist-exp [KEY=VALUE ...]                one run: mnist-exp model=mlp seed=3
  mnist-exp -m [KEY=VALUE,VALUE ...]       a sweep: mnist-exp -m model.activation=relu,mish seed=0,1
  mnist-exp -m ... sweep.dry_run=true      print the runs of a sweep and the expected time
  mnist-exp SUBCOMMAND ...                 anything else; mnist-exp SUBCOMMAND --help explains it

python -m mnist_exp is the same command.

Subcommands:
$subcommands

Choices:
$choices

Keys used most (conf/config.yaml has all, with defaults and reasons):
$keys

Options:
$options

Tab completion: eval "$$(mnist-exp -sc install=bash)"
""")


def help_text() -> str:
    """The whole text, which fits one screen."""
    choices = {group: ", ".join(group_choices(group)) for group in CHOICES}
    activations = registry.names("activation")
    rest = f"… (all {len(activations)}: mnist-exp choices activation)"
    choices["model.activation"] = ", ".join([*activations[:ACTIVATIONS], rest])
    return TEMPLATE.substitute(
        subcommands=_rows({name: subcommand.description for name, subcommand in SUBCOMMANDS.items()}),
        choices=_rows(choices),
        keys=_rows({section: ", ".join(names) for section, names in KEYS.items()}),
        options=_rows(OPTIONS),
    )


def _rows(descriptions: Mapping[str, str]) -> str:
    """A name and its description a line; long descriptions go on below."""
    return "\n".join(line for name, text in descriptions.items() for line in _row(name, text))


def _row(name: str, text: str) -> Iterator[str]:
    first, *others = textwrap.wrap(text, WIDTH - INDENT - 2) or [""]
    yield f"  {name:{INDENT}}{first}"
    yield from (" " * (INDENT + 2) + line for line in others)
