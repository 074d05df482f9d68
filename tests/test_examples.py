"""The examples of own code: listed, written without overwriting, and made as the configuration makes them."""

import ast
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from mnist_exp import examples, own_code
from mnist_exp.cli.main import dispatch
from mnist_exp.errors import UserError
from mnist_exp.examples import EXAMPLES, SOURCE, commands, docstring, listing, write


@pytest.fixture
def written(tmp_path, monkeypatch):
    """written("activation") writes that example into an empty working directory and returns the text printed."""
    monkeypatch.chdir(tmp_path)
    return lambda name: write(name, Path())


def test_the_list_has_a_line_for_each_example(capsys):
    dispatch(["example"])
    assert capsys.readouterr().out == f"{listing()}\n"
    lines = listing().splitlines()
    assert [line.split()[0] for line in lines[: len(EXAMPLES)]] == list(EXAMPLES)
    assert max(map(len, lines)) <= 100


def test_every_own_file_in_the_folder_belongs_to_an_example():
    listed = sorted(Path(file).name for files in EXAMPLES.values() for file in files)
    assert listed == sorted(path.name for path in SOURCE.glob("own_*"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_written_as_it_is_in_the_package(written, name):
    printed = written(name)
    for file in EXAMPLES[name]:
        assert Path(file).read_text() == (SOURCE / Path(file).name).read_text()
        assert f"→ {file}\n" in printed
    assert all(f"\n    {command}" in printed for command in commands(name))
    assert "cd " not in printed


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_has_commands_that_name_its_files(name):
    files = {Path(file).stem for file in EXAMPLES[name]}
    assert commands(name)
    for command in commands(name):
        words = shlex.split(command)
        assert words[0] == "mnist-exp"
        assert any(file in word for word in words for file in files)


def test_into_another_folder_the_commands_start_by_going_there(tmp_path):
    printed = write("network", tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "conf" / "model" / "own_network.yaml").is_file()
    assert f"\n    cd {tmp_path}/a/b\n" in printed


def test_nothing_is_overwritten_and_nothing_else_written_then(written):
    Path("conf/model").mkdir(parents=True)
    Path("conf/model/own_network.yaml").write_text("mine")
    with pytest.raises(UserError, match=r"conf/model/own_network\.yaml exists and is not overwritten"):
        written("network")
    assert not Path("own_network.py").exists()
    assert Path("conf/model/own_network.yaml").read_text() == "mine"


def test_an_unknown_example_is_answered_with_the_nearest(capsys):
    with pytest.raises(SystemExit, match=r"Error: Example 'activations' is unknown. Did you mean 'activation'\?"):
        examples.main(["activations"])
    assert capsys.readouterr().out == ""


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        write("activation", tmp_path / "file")


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_has_a_docstring_of_whole_sentences_and_short_lines(name):
    assert docstring(name).splitlines()[0].endswith(".")
    for file in EXAMPLES[name]:
        assert max(map(len, (SOURCE / Path(file).name).read_text().splitlines())) <= 120


def test_the_activations_are_what_they_are_called(written):
    written("activation")
    learnt = own_code.find("./own_activation.py:LearnableSwish")()
    x = torch.linspace(-4, 4, 33, dtype=torch.float32)
    torch.testing.assert_close(learnt(x), nn.functional.silu(x))  # beta is 1 at first
    assert [parameter.shape for parameter in learnt.parameters()] == [torch.Size([])]
    line = own_code.find("./own_activation.py:bent_line")
    expected = [value + 0.5 * ((value**2 + 1) ** 0.5 - 1) for value in x.tolist()]
    torch.testing.assert_close(line(x).tolist(), expected)


def test_the_network_adds_the_input_of_a_block_to_its_output(written):
    written("network")
    network = own_code.find("./own_network.py:SkipNet")(nn.Identity, (3, 20, 12), 7)
    assert network(torch.zeros(2, 3, 20, 12)).shape == (2, 7)
    block = network.blocks[0]
    for parameter in block.convolutions.parameters():
        nn.init.zeros_(parameter)
    x = torch.randn(2, 16, 5, 5)
    torch.testing.assert_close(block(x), x)


def test_the_data_are_equally_many_shapes_that_differ_in_area(written):
    written("data")
    (images, labels), (test_images, test_labels), classes = own_code.find("./own_data.py:draw_shapes")(300, 60)
    assert (images.shape, images.dtype, test_images.shape, test_labels.shape) == (
        (300, 28, 28),
        np.uint8,
        (60, 28, 28),
        (60,),
    )
    assert np.bincount(labels).tolist() == [100, 100, 100]
    area = {name: (images[labels == i] > 128).sum(axis=(1, 2)).mean() for i, name in enumerate(classes)}
    assert area["circle"] / area["square"] == pytest.approx(np.pi / 4, rel=0.1)
    assert area["cross"] / area["square"] == pytest.approx(5 / 9, rel=0.1)


def test_the_optimizer_steps_against_the_sign_of_the_average_gradient(written):
    written("optimizer")
    weight = nn.Parameter(torch.tensor([1.0, 1.0]))
    optimizer = own_code.find("./own_optimizer.py:SignDescent")([weight], lr=0.1, beta=0.5)
    schedule = own_code.find("./own_optimizer.py:to_zero")(optimizer, 4)
    for gradient in ([3.0, -0.2], [-1.0, -0.2], [-9.0, -0.2]):  # averages: 1.5, 0.25, -4.4
        weight.grad = torch.tensor(gradient)
        optimizer.step()
        schedule.step()
    steps = [0.1, 0.075, 0.05]
    torch.testing.assert_close(weight.data, torch.tensor([1 - steps[0] - steps[1] + steps[2], 1 + sum(steps)]))


def test_the_metric_is_the_lowest_recall_of_a_class(written):
    written("metric")
    metric = own_code.find("./own_metric.py:WorstClass")(num_classes=4)  # of class 3 there are no images
    predicted, labels = torch.tensor([0, 0, 1, 2, 2, 2]), torch.tensor([0, 0, 1, 1, 2, 0])
    logits = nn.functional.one_hot(predicted, 4).float()
    metric.update(logits[:3], labels[:3])
    metric.update(logits[3:], labels[3:])
    assert metric.compute() == 0.5


def test_the_examples_do_not_import_this_package():
    for path in SOURCE.glob("own_*.py"):
        imported = {node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)}
        assert not any((name or "").startswith("mnist_exp") for name in imported)
