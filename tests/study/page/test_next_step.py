import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np

from mnist_exp.study.comparison import OPEN
from mnist_exp.study.comparisons import compare
from mnist_exp.study.page.further_runs import sweep_command
from mnist_exp.study.page.next_step import next_step
from mnist_exp.study.page.study_data import study_data
from tests.factories import arms, measured, record, study_config

FOLDER = Path("multirun/mine")


def typed(run, *more):
    """The run, as if it was typed with these overrides in the folder's sweep."""
    overrides = [f"model={run.model}", f"model.activation={run.activation}", *more, f"seed={run.seed}"]
    return replace(run, overrides=overrides, run_dir=FOLDER / run.run_name)


def step(runs, swept=(), margin=0.1):
    runs = [typed(run) for run in runs]
    return next_step(study_data(runs, list(swept), compare(runs, list(swept), study_config(margin))), FOLDER)


def found_pairs(runs, margin):
    return [pair for pair in compare(runs, [], study_config(margin)) if pair.kind == OPEN]


def test_too_few_seeds_are_answered_by_the_same_sweep_with_six():
    found = step(arms(2, relu=0.0, mish=0.01))
    assert found.title == "Not settled yet"
    assert found.lines[0].startswith("The pair is open")
    (command,) = found.commands
    words = shlex.split(command.text)
    assert words[:4] == ["python", "-m", "mnist_exp", "-m"]
    assert set(words[4:]) == {"model=cnn", "model.activation=relu,mish", "seed=range(6)", "sweep.name=mine"}


def test_one_command_covers_several_networks():
    runs = [replace(run, model=model) for model in ("cnn", "mlp") for run in arms(2, relu=0.0, mish=0.01)]
    (command,) = step(runs).commands
    assert "model=cnn,mlp" in command.text


def test_a_command_says_how_many_runs_and_how_much_time_it_adds():
    (command,) = step(arms(2, relu=0.0, mish=0.01)).commands
    assert command.note == "Add 8 runs, about 24 s one after another. This would settle it."  # a run takes 3 s


def test_pairs_are_grouped_by_their_seeds_and_the_cheap_command_comes_first():
    """mish and relu differ by 2 sd of their difference; tanh and elu by half of it."""
    noise = np.random.default_rng(0).normal(0, 0.001, (4, 7))
    noise = (noise - noise.mean(1, keepdims=True)) / noise.std(1, keepdims=True) * 0.001
    means = {"mish": 0.99, "relu": 0.9885, "tanh": 0.95, "elu": 0.9494}
    runs = measured(**{name: list(mean + row) for (name, mean), row in zip(means.items(), noise, strict=True)})
    found = step(runs, margin=0.01)
    wanted = sorted(pair.seeds_needed for pair in found_pairs(runs, 0.01))
    assert len(wanted) == 2
    assert found.lines[1] == f"About {wanted[0]} seeds would settle 1 of them and {wanted[1]} seeds 2."
    first, second = found.commands
    assert f"sweep.until=decided sweep.max_seeds={wanted[0]} sweep.name=mine" in first.text
    assert f"sweep.max_seeds={wanted[1]} " in second.text
    assert f"about {4 * (wanted[0] - 7)} runs, about " in first.note  # tanh and elu stay open
    assert first.note.endswith("This would settle about 1 of 2.")


def test_runs_at_every_learning_rate_are_counted():
    runs = [record(name, seed, lr=lr) for name in ("relu", "mish") for lr in (0.1, 0.2) for seed in (0, 1)]
    assert step(runs, ["optimizer.lr"]).commands[0].note.startswith("Add 16 runs, ")


def test_without_seeds_from_zero_seeds_are_typed():
    noise = [0.001, -0.001, 0.001, -0.001, 0.0015, -0.0015, 0.0]
    runs = measured(mish=[0.991 + one for one in noise], relu=[0.99] * 7)
    assert any("sweep.until=decided" in command.text for command in step(runs, margin=0.01).commands)
    later = [replace(run, seed=run.seed + 5) for run in runs]
    assert ["seed=range(5," in command.text for command in step(later, margin=0.01).commands] == [True]


def test_a_study_without_any_result_names_the_causes_and_no_seeds():
    error = "OSError: no space left on device"
    runs = [record(name, status="failed", val=None, test=None, error=error) for name in ("relu", "mish")]
    found = step(runs)
    assert found.title == "Nothing finished"
    assert f"2 of them: {error}" in found.lines
    assert not any("second activation" in line for line in found.lines)


def test_one_run_is_followed_by_more_seeds():
    found = step([record()])
    assert found.lines[0].startswith("A second activation makes a comparison")
    (command,) = found.commands
    assert "'seed=range(5)'" in command.text


def test_a_setting_that_decides_nothing_is_not_repeated():
    command = sweep_command([typed(record(), "data.fallback=False")], 6, FOLDER)
    assert "fallback" not in command


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
