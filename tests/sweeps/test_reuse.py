"""Reuse of runs that ended before, and the warning for those that other code computed."""

from dataclasses import replace

import pytest

from mnist_exp.runs.files import write_record
from mnist_exp.runs.identity import code_digest
from mnist_exp.sweeps.plan import Job
from mnist_exp.sweeps.reuse import reusable_records, warn_of_changed_source, warn_of_other_code
from tests.factories import config, record

OLD = {"mnist_exp": "0.1.0", "commit": "39db6e423e50"}


@pytest.fixture
def jobs():
    return [Job((f"seed={seed}",), config("model=mlp", seed=seed)) for seed in range(3)]


def end(sweep_dir, job, code, **changed):
    (sweep_dir / job.name).mkdir()
    own = record(model="mlp", seed=job.config.seed, code=code, versions=OLD, **changed)
    write_record(sweep_dir / job.name, own)


def test_runs_of_other_code_are_reused_unless_strict(jobs, tmp_path):
    end(tmp_path, jobs[0], code_digest())
    end(tmp_path, jobs[1], "0" * 12)
    assert list(reusable_records(tmp_path, jobs, strict=False)) == [jobs[0].name, jobs[1].name]
    assert list(reusable_records(tmp_path, jobs, strict=True)) == [jobs[0].name]


def test_failed_runs_are_not_reused(jobs, tmp_path):
    end(tmp_path, jobs[0], code_digest(), status="failed")
    assert reusable_records(tmp_path, jobs, strict=False) == {}


def test_runs_of_this_code_need_no_warning(jobs, tmp_path):
    end(tmp_path, jobs[0], code_digest())
    assert warn_of_other_code(reusable_records(tmp_path, jobs, strict=False)) == []


def test_the_warning_names_the_runs_and_the_code(jobs, tmp_path):
    end(tmp_path, jobs[0], None)
    end(tmp_path, jobs[1], "abcdefabcdef")
    end(tmp_path, jobs[2], "abcdefabcdef")
    assert warn_of_other_code(reusable_records(tmp_path, jobs, strict=False)) == [
        f"! 1 reused run was computed by other code (mnist_exp 0.1.0, commit 39db6e423e50, code unknown): "
        f"{jobs[0].name}. sweep.reuse=strict runs it again.",
        f"! 2 reused runs were computed by other code (mnist_exp 0.1.0, commit 39db6e423e50, code abcdefabcdef): "
        f"{jobs[1].name}, {jobs[2].name}. sweep.reuse=strict runs them again.",
    ]


def test_a_long_list_of_runs_is_cut():
    reused = {f"run{number}": record(seed=number, code=None, versions={}) for number in range(5)}
    (line,) = warn_of_other_code(reused)
    assert "commit unknown, code unknown): run0, run1, run2 and 2 more. " in line


def with_source(job, digest):
    """A job whose activation is code of the user's own with this digest."""
    return replace(job, config=replace(job.config, sources={"my_act:Snake": digest}))


def test_runs_of_changed_code_are_not_reused_and_are_counted(jobs, tmp_path):
    before, now = ([with_source(job, digest) for job in jobs] for digest in ("old", "new"))
    for job in before[:2]:
        (tmp_path / job.name).mkdir()
        write_record(tmp_path / job.name, replace(job.record, status="ok", error=None, test_acc=0.9))
    reused = reusable_records(tmp_path, now, strict=False)
    assert reused == {}
    assert warn_of_changed_source(tmp_path, now, reused) == [
        "! my_act:Snake has changed since 2 runs ended: they are run again."
    ]
    assert list(reusable_records(tmp_path, before, strict=False)) == [job.name for job in before[:2]]
    assert warn_of_changed_source(tmp_path, before, reusable_records(tmp_path, before, strict=False)) == []


def test_runs_without_own_code_need_no_such_line(jobs, tmp_path):
    end(tmp_path, jobs[0], code_digest(), status="failed")
    assert warn_of_changed_source(tmp_path, jobs, {}) == []
