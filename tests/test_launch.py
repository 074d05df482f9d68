"""How many runs a launcher gets at once; and each of them really used, to the same numbers."""

from types import SimpleNamespace

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from mnist_exp import launch
from mnist_exp.launch import batches, quoted


@pytest.mark.parametrize("text", ["/plain/path", "/wéird, (x) #1=2/a", "it's", "back\\slash", "a\\'b", "${x}"])
def test_any_path_can_be_an_override(text):
    parsed = OverridesParser.create().parse_override(f"key={quoted(text)}")
    assert parsed.value() == text


def of_kind(name, **has):
    return type(name, (SimpleNamespace,), {})(**has)


@pytest.fixture(autouse=True)
def four_cores(monkeypatch):
    monkeypatch.setattr(launch, "usable_cores", lambda: 4)


JOBS = [SimpleNamespace(name=name, threads=threads) for name, threads in (("a", 1), ("b", 4), ("c", 1), ("d", 2))]


def named(found):
    return ["".join(job.name for job in batch) for batch in found]


@pytest.mark.parametrize("kind", ["BasicLauncher", "SlurmLauncher"])
def test_what_has_its_own_queue_gets_everything_as_planned(kind):
    assert named(batches(JOBS, of_kind(kind))) == ["abcd"]
    assert named(batches([], of_kind(kind))) == []


def test_joblib_gets_as_many_at_once_as_have_room_by_their_threads():
    launcher = of_kind("JoblibLauncher", joblib={"n_jobs": -1})
    assert [(named([batch]), launcher.joblib["n_jobs"]) for batch in batches(JOBS, launcher)] == [
        (["ac"], 4),
        (["d"], 2),
        (["b"], 1),
    ]


def test_joblib_does_as_it_is_told():
    launcher = of_kind("JoblibLauncher", joblib={"n_jobs": 3})
    assert [launcher.joblib["n_jobs"] for _ in batches(JOBS, launcher)] == [3, 3, 3]


def test_submitits_own_machine_gets_no_more_than_have_room():
    jobs = [SimpleNamespace(name=name, threads=2) for name in "abcde"]
    assert named(batches(jobs, of_kind("LocalLauncher"))) == ["ab", "cd", "e"]


def test_ray_is_told_what_a_run_takes():
    launcher = of_kind("RayLauncher", num_cpus=None)
    assert [launcher.num_cpus for _ in batches(JOBS, launcher)] == [1, 2, 4]
    assert launcher.num_cpus is None
