"""Hydra's other sweepers: refused before anything is written, and what is printed at the end; Optuna for real."""

from pathlib import Path

import pytest

from mnist_exp.runs.files import write_record
from mnist_exp.runs.record import Record
from mnist_exp.sweeps.other_sweepers import finish, is_ours, one_by_one, swept_values
from tests.conftest import QUICK
from tests.factories import quick_first, record


def test_only_the_sweeper_of_this_project_is_ours():
    assert is_ours("hydra_plugins.mnist_exp_sweeper.StudySweeper")
    assert not is_ours("hydra._internal.core_plugins.basic_sweeper.BasicSweeper")
    assert not is_ours("hydra_plugins.hydra_optuna_sweeper.optuna_sweeper.OptunaSweeper")


def test_the_values_of_choices_ranges_and_the_ends_of_intervals_are_found():
    found = swept_values(["model=mlp", "seed=range(3)", "a.b=choice(1,x)", "lr=tag(log,interval(1e-4,0.1))", "+c=1,2"])
    assert found == {
        "model": ["model=mlp"],
        "seed": ["seed=0", "seed=1", "seed=2"],
        "a.b": ["a.b=1", "a.b=x"],
        "lr": ["lr=0.0001", "lr=0.1"],
        "c": ["+c=1", "+c=2"],
    }


def test_every_value_is_tried_but_not_every_combination():
    tried = one_by_one({"a": ["a=1", "a=2"], "b": ["b=1"], "c": ["c=1", "c=2", "c=3"]})
    assert tried == [
        ("a=1", "b=1", "c=1"),
        ("a=2", "b=1", "c=1"),
        ("a=1", "b=1", "c=2"),
        ("a=1", "b=1", "c=3"),
    ]
    assert one_by_one({}) == [()]


def write(folder: Path, name: str, **values) -> None:
    (folder / name).mkdir(parents=True)
    write_record(folder / name, record(**values))


def test_the_end_names_the_best_run_by_validation_and_the_command_that_writes_a_study(tmp_path, capsys):
    write(tmp_path, "0", val=0.9, test=0.99)
    write(tmp_path, "1", val=0.95, test=0.9)
    write(tmp_path, "2", status="diverged", val=None, test=None)
    finish(tmp_path, may_fail=True)
    assert capsys.readouterr().out.splitlines() == [
        "",
        f"3 runs: 2 ok, 1 diverged → {tmp_path}",
        f"Best: {tmp_path}/1, validation 95.00 %",
        f"No study was written: mnist-exp report {tmp_path} writes one.",
    ]


def test_the_best_trial_is_that_with_the_best_mean_over_its_seeds(tmp_path, capsys):
    for trial, accuracies in (("0", (0.9, 0.92)), ("1", (0.99, 0.5)), ("10", (0.91, 0.92)), ("2", (0.98, None))):
        for seed, accuracy in enumerate(accuracies):
            status = "ok" if accuracy else "failed"
            write(tmp_path, f"{trial}/seed{seed}", seed=seed, val=accuracy, status=status)
    finish(tmp_path, may_fail=True)
    assert f"Best: {tmp_path}/10, validation 91.50 %\n" in capsys.readouterr().out


def test_a_sweep_whose_runs_failed_exits_with_1_unless_it_is_a_search(tmp_path, capsys):
    write(tmp_path, "0", status="failed", val=None, test=None)
    finish(tmp_path, may_fail=True)
    assert "Best" not in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        finish(tmp_path, may_fail=False)
    assert ended.value.code == 1


BASIC = ["-m", "hydra/sweeper=basic", *QUICK]
NO_STUDY = "! hydra/sweeper=basic writes no study. Leave it out for the same runs with one."


@pytest.mark.parametrize(
    ("arguments", "message"),
    quick_first(
        2,
        [
            (["model.activation=relu,rellu"], "model.activation 'rellu' is unknown. Did you mean 'relu'?"),
            (["seed=0,1", "objective.seeds=[0,1]"], "objective.seeds names the seeds of each run: leave out seed=…."),
            (["sweep=smoke"], "sweep=…, sweep.dry_run and sweep.until are for the default sweeper"),
            (["optimizer.lr=0.1,-1"], "optimizer.lr=-1.0: must be a number above 0, at most 1e+30."),
            (["model.activation=relu,./nothing.py:Act"], "There is no file ./nothing.py in"),
            (["data.val_size=500,4001"], "data.val_size=4001: must leave something of mnist5k's 4000 to train on."),
        ],
    ),
)
def test_values_that_cannot_work_are_refused_before_anything_is_written(command, arguments, message):
    refused = command(*BASIC, *arguments)
    assert refused.returncode == 1
    warning, error = refused.stderr.splitlines()
    assert warning == NO_STUDY
    assert error.startswith(f"Error: {message}")
    assert not Path("multirun").exists()


def test_the_default_sweeper_refuses_seeds_of_an_objective(command):
    refused = command("-m", *QUICK, "objective.seeds=[0,1]", "seed=0,1")
    assert refused.stderr == (
        "Error: objective.seeds is for other sweepers, such as hydra/sweeper=optuna: type seed=0,1,2.\n"
    )
    assert not Path("multirun").exists()


def test_a_folder_with_runs_is_not_used_again(command):
    write(Path("multirun", "x"), "0")
    refused = command(*BASIC, "seed=0,1", "sweep.name=x")
    assert refused.stderr.endswith("\nError: multirun/x holds the runs of another sweep: choose another sweep.name.\n")


def test_a_missing_package_is_named_with_its_extra(command):
    try:
        import hydra_plugins.hydra_optuna_sweeper  # noqa: F401
    except ImportError:
        refused = command("-m", "hydra/sweeper=optuna", *QUICK)
        assert refused.stderr == 'Error: hydra/sweeper=optuna needs another package: pip install "mnist_exp[optuna]"\n'
    else:
        pytest.skip("the package is installed")


@pytest.mark.slow
def test_the_runs_of_hydras_own_sweeper_have_the_numbers_of_single_runs(command, plain, tmp_path):
    from mnist_exp.runs.files import read_record
    from mnist_exp.training.run import run

    ran = command(*BASIC, "seed=0,1", "sweep.name=x")
    assert (ran.returncode, ran.stderr) == (0, f"{NO_STUDY}\n")
    assert ran.stdout.endswith("No study was written: mnist-exp report multirun/x writes one.\n")
    (tmp_path / "single").mkdir()
    single = run(plain(*QUICK, "seed=1"), tmp_path / "single", [])
    swept = read_record(Path("multirun/x/1"))
    assert swept is not None
    assert (swept.key, swept.val_loss, swept.test_loss) == (single.key, single.val_loss, single.test_loss)
    reported = command("report", "multirun/x")
    assert reported.returncode == 0
    assert Path("multirun/x/summary.csv").is_file()


LATE = """
def late(x):
    if len(x) == 125:
        raise ValueError("not this batch")
    return x.relu()


def huge(x):
    return x * x * 1e38
"""


@pytest.mark.slow
def test_optuna_maximises_the_mean_validation_accuracy_and_goes_on_after_failures(command):
    pytest.importorskip("optuna", reason="Optuna is not installed: pip install -e '.[optuna]'")
    pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="pip install -e '.[optuna]'")
    import yaml

    from mnist_exp.runs.files import read_records

    Path("my_act.py").write_text(LATE)
    grid = ["hydra/sweeper/sampler=grid", "model.activation=./my_act.py:late,relu,./my_act.py:huge"]
    settings = ["hydra.sweeper.n_trials=3", "objective.seeds=[0,1]", "data.batch_size=125", "sweep.name=search"]
    ran = command("-m", "hydra/sweeper=optuna", *QUICK, *grid, *settings)
    assert ran.returncode == 0, ran.stderr
    by_activation: dict[str | None, list[Record]] = {}
    for found in read_records(Path("multirun/search")):
        by_activation.setdefault(found.activation, []).append(found)
    assert {name: [one.status for one in ones] for name, ones in by_activation.items()} == {
        "my_act:late": ["failed", "failed"],
        "relu": ["ok", "ok"],
        "my_act:huge": ["diverged", "diverged"],
    }
    best = yaml.safe_load(Path("multirun/search/optimization_results.yaml").read_text())
    accuracies = [one.val_acc for one in by_activation["relu"]]
    assert best["best_params"] == {"model.activation": "relu"}
    assert best["best_value"] == sum(accuracies) / 2
    assert "6 runs: 2 ok, 2 failed, 2 diverged → multirun/search\n" in ran.stdout
    assert f"validation {100 * best['best_value']:.2f} %\nNo study was written: mnist-exp report" in ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["data.val_size=0"], "data.val_size=0: a search needs a validation set"),
        (["hydra.sweeper.direction=minimize"], "hydra.sweeper.direction: must be maximize"),
    ],
)
def test_a_search_that_cannot_maximise_the_validation_accuracy_is_refused(command, arguments, message):
    pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="pip install -e '.[optuna]'")
    refused = command("-m", "hydra/sweeper=optuna", *QUICK, *arguments)
    assert refused.stderr.startswith(f"Error: {message}")
    assert not Path("multirun").exists()
