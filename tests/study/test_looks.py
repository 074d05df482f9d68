import json

import pytest

from mnist_exp.errors import UserError
from mnist_exp.runs.sweep_dir import LOOKS
from mnist_exp.study.looks import Rules, decide_records, read_all_rules, read_rules, refuse_changes, write_rules
from mnist_exp.study.spending import Looks
from tests.factories import record

THREE = Looks(6, 2, 10)
RULES = Rules(THREE, 0.1, None)


def test_looks_are_read_as_they_were_written(tmp_path):
    assert read_rules(tmp_path) is None
    rules = Rules(THREE, 0.25, "relu")
    write_rules(tmp_path, rules)
    assert read_rules(tmp_path) == rules
    runs = [record(run_dir=tmp_path / "a"), record(seed=1, run_dir=tmp_path.parent / "other" / "b")]
    assert read_all_rules(runs) == {tmp_path: rules}


GOOD_LOOKS = {"first": 6, "step": 2, "last": 10, "study.margin": 0.1, "study.control": None}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"first": 6}', "it has no step"),
        ("[1]", r"it is \[1\], not a mapping"),
        (json.dumps(GOOD_LOOKS | {"last": 10**9}), "no rules of a sweep"),
        (json.dumps(GOOD_LOOKS | {"step": 0}), "no rules of a sweep"),
        (json.dumps(GOOD_LOOKS | {"study.margin": "wide"}), "study.margin is 'wide', not a number"),
    ],
)
def test_damaged_looks_are_named(tmp_path, content, reason):
    (tmp_path / LOOKS).write_text(content)
    with pytest.raises(UserError, match=rf"looks\.json: .*{reason}.* Restore it"):
        read_rules(tmp_path)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (Rules(Looks(6, 2, 12), 0.1, None), "sweep.max_seeds was 10 when"),
        (Rules(THREE, 0.2, None), "type study.margin=0.1, or choose another sweep.name"),
        (Rules(THREE, 0.1, "relu"), "type study.control=null, or choose another sweep.name"),
    ],
)
def test_what_the_error_was_shared_out_by_cannot_be_changed(tmp_path, typed, line):
    with pytest.raises(UserError) as refused:
        refuse_changes(tmp_path, RULES, typed)
    assert line in str(refused.value)


def test_another_machine_may_continue(tmp_path):
    """It has other cores, so that its own steps would be others."""
    refuse_changes(tmp_path, RULES, Rules(Looks(6, 16, 10), 0.1, None))


def test_records_are_decided_by_their_test_accuracy():
    arms = {name: [record(name, seed, test=value + seed / 1000) for seed in range(6)] for name, value in MEANS.items()}
    found = decide_records(arms, RULES)
    assert {(pair.a, pair.b): pair.kind for pair in found.pairs} == {
        ("sigmoid", "relu"): "better",
        ("sigmoid", "mish"): "better",
        ("relu", "mish"): "equivalent",
    }


MEANS = {"sigmoid": 0.8, "relu": 0.9, "mish": 0.9}


def test_a_margin_is_in_points():
    arms = {
        name: [record(name, seed, test=value) for seed in range(6)] for name, value in (("relu", 0.9), ("mish", 0.901))
    }
    assert [decide_records(arms, Rules(THREE, m, None)).pairs[0].kind for m in (0.05, 0.15)] == ["better"] * 2
    noisy = {"relu": arms["relu"], "mish": [record("mish", s, test=0.9 + (-1) ** s / 1000) for s in range(6)]}
    assert [decide_records(noisy, Rules(THREE, m, None)).pairs[0].kind for m in (0.1, 1.0)] == [
        "open",
        "equivalent",
    ]


@pytest.mark.parametrize(("status", "look"), [("diverged", 1), ("failed", 1), ("missing", 0)])
def test_only_a_run_that_is_missing_has_not_ended(status, look):
    lost = record("mish", 3, test=None, val=None, status=status)
    arms = {
        "relu": [record("relu", seed, test=0.9) for seed in range(6)],
        "mish": [record("mish", seed, test=0.8) for seed in range(6) if seed != 3] + [lost],
    }
    found = decide_records(arms, RULES)
    assert found.look == look
    assert found.pairs[0].n == 5 * look


def test_a_run_that_failed_after_its_test_has_no_result():
    arms = {name: [record(name, seed, test=0.9 + seed / 1000) for seed in range(6)] for name in ("relu", "mish")}
    arms["mish"][3].status = "failed"
    assert decide_records(arms, RULES).pairs[0].n == 5
