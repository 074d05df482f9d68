import inspect
from importlib import import_module

import pytest

from mnist_exp.cli.main import dispatch
from mnist_exp.cli.subcommands import SUBCOMMANDS


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_each_subcommand_has_a_main_that_takes_arguments_and_its_own_help(name, capsys):
    main = import_module(SUBCOMMANDS[name].module).main
    assert list(inspect.signature(main).parameters) == ["arguments"]
    with pytest.raises(SystemExit) as ended:
        dispatch([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: mnist-exp {name}" in capsys.readouterr().out


@pytest.mark.slow
def test_a_subcommand_gets_the_arguments_after_its_name(shell):
    ran = shell("report", "nowhere")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("Error: nowhere ")
