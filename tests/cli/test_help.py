import re

from mnist_exp import registry
from mnist_exp.cli.help import ACTIVATIONS, CHOICES, KEYS, help_text
from mnist_exp.cli.subcommands import SUBCOMMANDS
from mnist_exp.config import CONF
from mnist_exp.config.keys import all_keys, groups


def test_help_names_every_subcommand_and_every_choice():
    shown = re.sub(r"\n {10,}", " ", help_text())  # joins long lists
    for group in CHOICES:
        for path in (CONF / group).glob("[!_]*.yaml"):
            assert re.search(rf"^  {group} .*\b{path.stem}\b", shown, re.M)
    assert all(re.search(rf"^  {name} .*\S$", shown, re.M) for name in SUBCOMMANDS)
    names = registry.names("activation")
    assert all(re.search(rf"^  model.activation .*\b{name}\b", shown, re.M) for name in names[:ACTIVATIONS])
    assert f"(all {len(names)}: mnist-exp choices activation)" in shown


def test_help_covers_every_group():
    assert sorted(CHOICES) == groups()


def test_help_names_only_keys_that_exist():
    assert [
        f"{section}{name}" for section, names in KEYS.items() for name in names if section + name not in all_keys()
    ] == []


def test_help_fits_one_screen():
    lines = help_text().splitlines()
    assert len(lines) <= 50
    assert [line for line in lines if len(line) > 100] == []


def test_the_command_prints_the_help(shell):
    ran = shell("model=mlp", "--help")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"{help_text()}\n", "")
