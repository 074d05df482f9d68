"""Which runs a round has and what is printed about it; at the end the command itself."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from mnist_exp.errors import UserError
from mnist_exp.runs.record import Record
from mnist_exp.study.looks import Rules
from mnist_exp.study.spending import Looks
from mnist_exp.sweeps.plan import Job, Plan
from mnist_exp.sweeps.rounds import Rounds, groups_of, looks_of, unfinished
from tests.factories import config, study_config

SEEDS = 10
LOOKS = Looks(6, 2, SEEDS)
MEANS = {"sigmoid": 0.80, "relu": 0.9, "mish": 0.9}


def plan_of(*arms: Sequence[str], seeds: int = SEEDS, **study) -> Plan:
    """A plan with all seeds; each arm is an activation and overrides."""
    jobs = [
        Job((*overrides, f"model.activation={activation}", f"seed={seed}"), one)
        for seed in range(seeds)
        for activation, *overrides in arms
        for one in [replace(config(*overrides, activation=activation, seed=seed), study=study_config(**study))]
    ]
    return Plan(list({job.name: job for job in jobs}.values()), None, False, False, seeds)


MLP = [(name, "model=mlp") for name in MEANS]


def rounds_of(planned: Plan, looks: Looks = LOOKS) -> Rounds:
    return Rounds(groups_of(planned), Rules.of(looks, planned.study), {})


def end(jobs: Sequence[Job], spread: float = 0.001, **means: float) -> dict[str, Record]:
    """The records of runs that ended, with accuracies around these means."""
    means = MEANS | means
    found = {}
    for job in jobs:
        seed, name = job.config.seed, job.record.activation or "relu"
        noise = np.random.default_rng([seed, *name.encode()]).normal(0, spread)
        found[job.name] = replace(
            job.record, status="ok", test_acc=means[name] + seed / 1000 + noise, total_seconds=1.0
        )
    return found


def names(jobs: Sequence[Job]) -> list[tuple[str | None, int]]:
    return [(job.record.activation, job.config.seed) for job in jobs]


def test_the_first_round_has_all_arms_seed_by_seed():
    rounds = rounds_of(plan_of(*MLP))
    assert names(rounds.missing) == [(name, seed) for seed in range(6) for name in MEANS]
    assert rounds.announce() == (
        "Round 1, seeds 0 to 5: 18 runs. All activations are compared after them, and after every further round."
    )


def test_a_further_round_has_the_arms_of_open_pairs():
    rounds = rounds_of(plan_of(*MLP))
    rounds.add(end(rounds.missing))
    assert names(rounds.missing) == [("relu", 6), ("mish", 6), ("relu", 7), ("mish", 7)]
    assert len(rounds.jobs) == 18 + 4
    line = rounds.announce()
    number = r"-?\d\.\d\d"
    assert re.fullmatch(
        r"Round 2, seeds 6 and 7: 4 runs\. Open: relu and mish on mlp "
        rf"\(difference {number} points, between -{number} and {number}\)\.",
        line,
    )


def test_rounds_end_when_all_is_decided():
    rounds = rounds_of(plan_of(*MLP))
    rounds.add(end(rounds.missing, spread=1e-6))
    assert rounds.missing == []
    assert (
        rounds.conclude() == "3 of 3 pairs decided (2 better, 1 equivalent) after 1 round and 18 runs, of at most 30."
    )


def test_rounds_end_at_the_most_seeds():
    rounds = rounds_of(plan_of(*MLP))
    while missing := rounds.missing:
        rounds.add(end(missing))
    lines = rounds.conclude().splitlines()
    assert lines[0] == "2 of 3 pairs decided (2 better, 0 equivalent) after 3 rounds and 26 runs, of at most 30."
    assert lines[1].startswith("Open after 10 seeds (sweep.max_seeds): relu and mish on mlp (difference ")


def test_every_network_goes_its_own_way_and_one_without_activation_has_one_round():
    planned = plan_of(*MLP, ("relu", "model=softmax"), *((name, "model=cnn") for name in MEANS))
    rounds = rounds_of(planned)
    assert len(rounds.missing) == 6 * 7
    rounds.add(end([job for job in rounds.missing if job.record.model != "cnn"]))
    rounds.add(end([job for job in rounds.missing if job.record.model == "cnn"], spread=1e-6))
    assert {job.record.model for job in rounds.missing} == {"mlp"}
    assert rounds.number == 2


def test_a_network_that_is_ahead_waits():
    """As after Ctrl-C: the second round of one network has ended, that of the other has not."""
    planned = plan_of(*MLP, *((name, "model=cnn") for name in MEANS))
    rounds = rounds_of(planned)
    rounds.add(end(rounds.missing))
    rounds.add(end([job for job in rounds.missing if job.record.model == "mlp"]))
    assert {job.record.model for job in rounds.missing} == {"cnn"}
    assert rounds.number == 2


def test_swept_settings_are_compared_apart():
    planned = plan_of(*MLP, *((name, "model=mlp", "optimizer=sgd") for name in MEANS))
    assert sorted(len(group.arms) for group in groups_of(planned)) == [3, 3]


def test_data_sets_are_compared_apart():
    jobs = plan_of(*MLP, seeds=1).jobs
    fashion = [
        replace(job, config=config("model=mlp", activation=str(job.record.activation), data="fashion_mnist"))
        for job in jobs
    ]
    found = groups_of(Plan([*jobs, *fashion], None, False, False, 1))
    assert [group.name for group in found] == ["mlp on mnist", "mlp on fashion_mnist"]


def at_rate(job: Job, lr: float) -> Job:
    return replace(job, config=replace(job.config, optimizer=replace(job.config.optimizer, lr=lr)))


def test_a_rate_of_its_own_for_each_activation_is_allowed_and_several_are_not():
    _, relu, mish = plan_of(*MLP, seeds=1).jobs
    own = Plan([at_rate(relu, 0.01), at_rate(mish, 0.003)], None, False, False, 1)
    assert [len(group.arms) for group in groups_of(own)] == [2]
    several = Plan([at_rate(job, lr) for job in (relu, mish) for lr in (0.01, 0.003)], None, False, False, 1)
    with pytest.raises(UserError, match=r"optimizer\.lr is swept: with sweep\.until=decided the best rate would be"):
        groups_of(several)


def test_nothing_to_compare_is_refused():
    with pytest.raises(UserError, match=r"compares activations: type several, as in model\.activation=relu,mish"):
        groups_of(plan_of(("relu", "model=mlp")))


def test_with_a_control_only_its_pairs_count():
    rounds = rounds_of(plan_of(*MLP, control="sigmoid"))
    rounds.add(end(rounds.missing))
    assert rounds.missing == []
    assert rounds.conclude().startswith("2 of 2 pairs decided")


def test_runs_that_ended_without_a_result_are_not_waited_for():
    rounds = rounds_of(plan_of(*MLP))
    lost = [job for job in rounds.missing if job.record.activation == "mish"]
    ended = end(job for job in rounds.missing if job not in lost)
    rounds.add(ended | {job.name: unfinished(job) for job in lost})
    assert rounds.missing == []
    assert rounds.conclude().splitlines() == [
        "1 of 3 pairs decided (1 better, 0 equivalent) after 1 round and 18 runs, of at most 30.",
        "Not comparable, since fewer than 3 seeds have results of both: sigmoid and mish on mlp, relu and mish on mlp.",
    ]


@pytest.mark.parametrize(
    ("max_seeds", "at_once", "looks"),
    [
        (30, 1, Looks(6, 2, 30)),
        (30, 2, Looks(6, 2, 30)),
        (30, 7, Looks(6, 4, 30)),
        (30, 64, Looks(6, 32, 30)),
        (4, 2, Looks(4, 2, 4)),
    ],
)
def test_a_round_with_two_arms_fills_the_cores(max_seeds, at_once, looks):
    assert looks_of(max_seeds, at_once) == looks


@pytest.mark.parametrize(
    ("seeds", "text"),
    [([6], "seed 6"), ([6, 7], "seeds 6 and 7"), ([0, 1, 2], "seeds 0 to 2"), ([1, 3, 4], "seeds 1, 3 and 4")],
)
def test_seeds_as_text(seeds, text):
    from mnist_exp.sweeps.rounds import _seeds

    assert _seeds(seeds) == text


def test_what_is_expected_says_what_it_assumes():
    rounds = rounds_of(plan_of(*MLP, ("relu", "model=softmax")))
    before = rounds.expect()
    assert before.startswith("Seeds are added until all pairs are decided: at most 36 runs, about ")
    assert "if activations differ as those of mlp_deep do on MNIST" in before
    rounds.add(end(rounds.missing, spread=1e-6))
    assert rounds.expect() == (
        "Seeds are added until all pairs are decided: at most 36 runs, about 24 "
        "if means and spreads are those of the runs that have ended."
    )


QUICK = ("data=mnist5k", "model=mlp", "model.activation=sigmoid,relu,mish", "trainer.max_epochs=1", "study.margin=1")
UNTIL = ("-m", *QUICK, "sweep.until=decided", "sweep.max_seeds=8", "sweep.name=study")


def accuracies(folder):
    found = [json.loads(path.read_text()) for path in folder.glob("multirun/study/*/result.json")]
    return {(one["activation"], one["seed"]): one["test_acc"] for one in found}


@pytest.mark.slow
def test_a_sweep_until_decided_is_resumed_after_a_kill_and_the_same_with_joblib(shell, tmp_path):
    """SIGKILL in the first round. sigmoid is far from the others, so it has no second round."""
    killed, parallel = tmp_path / "killed", tmp_path / "parallel"
    killed.mkdir()
    parallel.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in ("MNIST_ROOT", "OMP_NUM_THREADS")}
    running = subprocess.Popen(
        [sys.executable, "-m", "mnist_exp", *UNTIL], cwd=killed, stdout=subprocess.DEVNULL, env=environment
    )
    while len(accuracies_or_none(killed)) < 2:
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    looks = (killed / "multirun/study/looks.json").read_text()
    planned = json.loads((killed / "multirun/study/plan.json").read_text())
    assert len(planned) == 18
    again = shell(*UNTIL, cwd=killed)
    assert again.returncode == 0
    assert re.match(r"18 runs \((\d|1\d) reused\) → multirun/study\nRound 1, seeds? ", again.stdout)
    assert (killed / "multirun/study/looks.json").read_text() == looks
    assert re.search(r"^[23] of 3 pairs decided \(", again.stdout, re.M)
    found = accuracies(killed)
    assert {seed for activation, seed in found if activation == "sigmoid"} == set(range(6))
    at_once = shell(*UNTIL, "hydra/launcher=joblib", cwd=parallel)
    assert at_once.returncode == 0
    assert accuracies(parallel) == found


def accuracies_or_none(folder):
    """The runs that have ended so far, while others are written."""
    return list(folder.glob("multirun/study/*/result.json"))
