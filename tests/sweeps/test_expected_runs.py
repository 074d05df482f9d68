import numpy as np
import pytest

from mnist_exp.runs.record import Record
from mnist_exp.study.looks import Rules
from mnist_exp.study.spending import Looks
from mnist_exp.sweeps.expected_runs import ASSUMED, MEASURED, expected_runs
from tests.factories import record

LOOKS = Looks(6, 2, 12)
TWO = {"relu": 0.9, "mish": 0.9}


def ended(spread: float, seeds: int = 6, **means: float) -> dict[str, list[Record]]:
    generator = np.random.default_rng(0)
    return {
        name: [record(name, seed, test=mean + seed / 1000 + generator.normal(0, spread)) for seed in range(seeds)]
        for name, mean in means.items()
    }


@pytest.mark.parametrize(("spread", "runs"), [(1e-5, 12), (0.05, 24)])
def test_measured_spreads_decide(spread, runs):
    """Of two equal arms: with next to no spread they are soon equivalent, with a large one never."""
    found, assumption = expected_runs(ended(spread, **TWO), Rules(LOOKS, 0.1, None))
    assert found == pytest.approx(runs, abs=1.5)
    assert assumption == MEASURED


@pytest.mark.parametrize("arms", [{"relu": [], "mish": []}, ended(0.001, seeds=2, **TWO)])
def test_without_enough_results_the_mnist_grid_is_assumed(arms):
    found, assumption = expected_runs(arms, Rules(LOOKS, 0.1, None))
    assert 12 < found <= 24
    assert assumption == ASSUMED


def test_results_that_one_arm_lacks_do_not_count():
    arms = ended(1e-5, **TWO)
    arms["mish"][0].test_acc = None
    assert expected_runs(arms, Rules(LOOKS, 0.1, None))[1] == MEASURED
    for one in arms["mish"]:
        one.test_acc = None
    assert expected_runs(arms, Rules(LOOKS, 0.1, None))[1] == ASSUMED


def test_with_a_control_fewer_pairs_need_runs():
    arms = ended(0.001, relu=0.9, mish=0.9005, tanh=0.8, elu=0.8005)
    everything, _ = expected_runs(arms, Rules(LOOKS, 0.1, None))
    with_control, _ = expected_runs(arms, Rules(LOOKS, 0.1, "relu"))
    assert with_control < everything


@pytest.mark.parametrize(("arms", "control"), [({"(no activation)": []}, None), ({"tanh": [], "mish": []}, "relu")])
def test_where_nothing_is_compared_there_is_one_round(arms, control):
    assert expected_runs(arms, Rules(LOOKS, 0.1, control)) == (len(arms) * 6, "")
