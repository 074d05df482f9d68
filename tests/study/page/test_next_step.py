import shlex
from dataclasses import replace
from pathlib import Path

from mnist_exp.study.comparisons import compare
from mnist_exp.study.page.next_step import next_step, sweep_command
from mnist_exp.study.page.study_data import study_data
from tests.factories import arms, measured, record, study_config

FOLDER = Path("multirun/mine")


def typed(run, *more):
    """The run, as if it was typed with these overrides in the folder's sweep."""
    overrides = [f"model={run.model}", f"model.activation={run.activation}", *more, f"seed={run.seed}"]
    return replace(run, overrides=overrides, run_dir=FOLDER / run.run_name)


def step(runs, swept=()):
    runs = [typed(run) for run in runs]
    return next_step(study_data(runs, list(swept), compare(runs, list(swept), study_config())), FOLDER)


def test_too_few_seeds_are_answered_by_the_same_sweep_with_six():
    found = step(arms(2, relu=0.0, mish=0.01))
    assert found.title == "Not settled yet"
    assert found.lines[0].startswith("The pair is open")
    (command,) = found.commands
    words = shlex.split(command)
    assert words[:4] == ["python", "-m", "mnist_exp", "-m"]
    assert set(words[4:]) == {"model=cnn", "model.activation=relu,mish", "seed=range(6)", "sweep.name=mine"}


def test_one_command_covers_several_networks():
    runs = [replace(run, model=model) for model in ("cnn", "mlp") for run in arms(2, relu=0.0, mish=0.01)]
    (command,) = step(runs).commands
    assert "model=cnn,mlp" in command


def test_a_decided_study_has_no_command():
    noise = [0.0001 * (seed % 2) for seed in range(6)]
    found = step(measured(relu=[0.99 + d for d in noise], mish=[0.9 + d for d in noise]))
    assert (found.title, found.commands) == ("Settled", [])


def test_what_more_seeds_cannot_settle_has_no_command():
    accuracies = [0.99, 0.5, 0.98, 0.4, 0.99, 0.5]
    found = step(measured(relu=accuracies, mish=[value + 0.05 * (-1) ** i for i, value in enumerate(accuracies)]))
    assert any("More than 100 seeds" in line for line in found.lines)
    assert found.commands == []


def test_runs_without_results_are_counted():
    runs = [*arms(2, relu=0.0, mish=0.01), record("tanh", status="failed", val=None, test=None)]
    assert step(runs).lines[-1].startswith("1 of 5 runs have no results")


def test_runs_that_are_no_product_of_settings_have_no_single_command():
    runs = [typed(record("relu"), "a=1"), typed(record("mish"), "a=2")]
    assert sweep_command(runs, 6, FOLDER) is None
    assert sweep_command(runs[:1], 6, FOLDER) is not None


def test_seeds_begin_where_those_of_the_sweep_do():
    command = sweep_command([typed(record(seed=seed)) for seed in (5, 6)], 6, FOLDER)
    assert "'seed=range(5,11)'" in command


def test_a_folder_of_several_sweeps_names_none():
    other = replace(typed(record()), run_dir=Path("multirun/other/run"))
    assert "sweep.name" not in sweep_command([other], 6, FOLDER)
