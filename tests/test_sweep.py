"""Plans without running them, and one small sweep in this process."""

import json
from pathlib import Path

import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_config_search_path
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.types import RunMode

from mnist_exp import config, record
from mnist_exp.errors import UserError
from mnist_exp.sweep import Job, alone_in, conclude, is_done, plan, quoted
from tests.study.test_tables import run as result


@pytest.fixture
def planned(monkeypatch):
    """planned("seed=0,1") is what -m seed=0,1 would run."""
    monkeypatch.setattr("mnist_exp.preflight.locate", lambda name, _root, _fallback: name)
    loader = ConfigLoaderImpl(create_config_search_path(str(config.CONF)))

    def make(*arguments: str) -> list[Job]:
        master = loader.load_configuration("config", [], RunMode.MULTIRUN)
        return plan(arguments, master, loader)[0]

    return make


def test_a_plan_is_the_product_of_the_axes_in_the_order_typed(planned):
    jobs = planned("model.activation=relu,mish", "seed=0,1", "trainer.max_epochs=1")
    assert [job.overrides for job in jobs] == [
        ("model.activation=relu", "seed=0", "trainer.max_epochs=1"),
        ("model.activation=relu", "seed=1", "trainer.max_epochs=1"),
        ("model.activation=mish", "seed=0", "trainer.max_epochs=1"),
        ("model.activation=mish", "seed=1", "trainer.max_epochs=1"),
    ]
    assert jobs[0].name.startswith("cnn_relu_seed0_")
    assert len({job.name for job in jobs}) == 4


def test_hydras_ways_to_write_an_axis_work(planned):
    assert len(planned("seed=range(3)", "model=glob(mlp*)")) == 6
    assert [job.overrides for job in planned("model.hidden=[10],[20,20]", "model=mlp")] == [
        ("model.hidden=[10]", "model=mlp"),
        ("model.hidden=[20,20]", "model=mlp"),
    ]


def test_softmax_is_planned_once_per_seed_whatever_the_activations(planned):
    jobs = planned("model=softmax,mlp", "model.activation=relu,tanh,mish", "seed=0,1")
    assert [job.name.split("_")[0] for job in jobs].count("softmax") == 2
    assert len(jobs) == 2 + 6


@pytest.mark.parametrize(
    ("argument", "error"),
    [
        ("model.activation=relu,rulu", HydraException),
        ("+model.actvation=relu,mish", UserError),
        ("data.batch_size=64,0", UserError),
        ("data.batch_size=128,60000", UserError),
        ("model=mlp,mpl", HydraException),
    ],
)
def test_one_bad_run_refuses_the_whole_sweep_before_it_begins(planned, argument, error):
    with pytest.raises(error):
        planned(argument)


def ended(sweep_dir: Path, **results: dict | None) -> list[Job]:
    """A sweep directory whose runs ended so."""
    for name, found in results.items():
        (sweep_dir / name).mkdir()
        if found:
            (sweep_dir / name / record.RESULT).write_text(json.dumps(found | {"error": found.get("error")}))
    return [Job((), name, "key") for name in results]


def test_the_end_of_a_sweep_is_its_leaderboard(tmp_path, capsys):
    jobs = ended(tmp_path, a=result("relu"), b=result("mish", val=0.95))
    conclude(tmp_path, jobs, 12.3)
    printed = capsys.readouterr().out
    assert printed.index("cnn mish") < printed.index("cnn relu")
    assert printed.endswith(f"2 of 2 runs finished in 12 s → {tmp_path}\n")


def test_runs_that_failed_or_never_ended_are_named_and_the_exit_is_not_zero(tmp_path, capsys):
    failed = result("mish", status="failed", val=None, test=None) | {"error": "no memory"}
    jobs = ended(tmp_path, good=result(), bad=failed, gone=None)
    with pytest.raises(SystemExit) as exited:
        conclude(tmp_path, jobs, 1)
    printed = capsys.readouterr()
    assert exited.value.code == 1
    assert "1 of 3 runs finished" in printed.out
    assert printed.err == "! bad: no memory\n! gone: did not end\n"


def test_the_sweeper_hydra_finds_is_ours():
    from hydra.core.plugins import Plugins
    from hydra.plugins.sweeper import Sweeper

    assert "StudySweeper" in {found.__name__ for found in Plugins.instance().discover(Sweeper)}


def test_an_empty_axis_is_refused(planned):
    with pytest.raises(UserError, match="This sweep has no runs"):
        planned("seed=range(0,0)")


@pytest.mark.parametrize("text", ["/plain/path", "/wéird, (x) #1=2/a", "it's", "back\\slash", "a\\'b", "${x}"])
def test_any_path_can_be_an_override(text):
    parsed = OverridesParser.create().parse_override(f"key={quoted(text)}")
    assert parsed.value() == text


def test_a_sweep_that_falls_back_says_so_in_every_run(planned, fallen_back):
    fallen_back()
    jobs = planned("model=mlp", "data=mnist", "seed=0,1")
    typed = [("model=mlp", "seed=0", "data=mnist5k"), ("model=mlp", "seed=1", "data=mnist5k")]
    assert [job.overrides for job in jobs] == typed


def test_falling_back_and_asking_for_mnist5k_are_the_same_run(planned, fallen_back):
    (asked,) = planned("data=mnist5k")
    fallen_back()
    (fallen,) = planned()
    assert asked.name == fallen.name


def test_falling_back_keeps_what_was_typed(planned, fallen_back):
    fallen_back()
    assert len(planned("data.val_size=0,500,1000")) == 3
    with pytest.raises(UserError, match=r"data\.val_size=10000: must leave something of mnist5k's 4000"):
        planned("data.val_size=10000")


def test_a_named_sweep_is_its_file(planned):
    jobs = planned("sweep=activations", "model=mlp")
    assert len(jobs) == 6 * 3
    assert jobs[0].overrides == ("seed=0", "model.activation=sigmoid", "model=mlp")


def test_an_axis_that_is_typed_goes_before_the_files(planned):
    jobs = planned("sweep=activations", "seed=7", "model.activation=relu,mish")
    assert [job.overrides for job in jobs] == [
        ("seed=7", "model.activation=relu"),
        ("seed=7", "model.activation=mish"),
    ]


def test_the_grid_is_what_the_design_says(planned):
    jobs = planned("sweep=grid", "seed=0,1,2")
    kinds = [job.name.rsplit("_seed", 1)[0] for job in jobs]
    assert len(jobs) == 6 * 4 * 3 + 3
    assert kinds.count("softmax") == kinds.count("cnn_deep_mish") == 3


def test_a_sweep_that_does_not_exist_is_refused(planned):
    with pytest.raises(HydraException, match="Could not find 'sweep/gird'"):
        planned("sweep=gird")


def test_the_sweep_it_belongs_to_does_not_change_a_run(planned):
    typed = ("data=mnist5k", "model=mlp", "model.activation=relu", "trainer.max_epochs=1", "seed=0")
    assert planned(*typed)[0].key == planned(*typed, "sweep=smoke", "sweep.name=other")[0].key


@pytest.mark.parametrize(
    ("found", "done"),
    [
        ({"key": "k", "status": "ok"}, True),
        ({"key": "k", "status": "diverged"}, True),
        ({"key": "k", "status": "failed"}, False),
        ({"key": "other", "status": "ok"}, False),
        (None, False),
    ],
)
def test_what_is_not_run_again(tmp_path, found, done):
    ended(tmp_path, run=found)
    assert is_done(tmp_path, Job((), "run", "k")) is done


def test_two_sweeps_never_work_in_one_directory_at_once(tmp_path):
    with alone_in(tmp_path), pytest.raises(UserError, match="is being worked on by another sweep"), alone_in(tmp_path):
        pass
    with alone_in(tmp_path):
        pass  # free again
