"""Many runs: plan them all, refuse what cannot work before any training, run, and end in a table."""

import re
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.core.config_loader import ConfigLoader
from hydra.plugins.launcher import Launcher
from omegaconf import DictConfig, OmegaConf, open_dict

from mnist_exp import runtime
from mnist_exp.atomic_files import write_text
from mnist_exp.config.compose import command_line_dir
from mnist_exp.config.fields import is_plain_name
from mnist_exp.error_messages import explain
from mnist_exp.errors import UserError
from mnist_exp.full_disk import FullDiskError, is_full_disk, raise_full_disk
from mnist_exp.runs.files import make_room, read_record, read_records, refuse_file, remove_result, remove_unfinished
from mnist_exp.runs.record import DID_NOT_FINISH, Record
from mnist_exp.runs.sweep_dir import LOOKS, locked, no_space_mark, records_to_study, write_plan
from mnist_exp.sweeps.launcher_settings import check_launcher
from mnist_exp.sweeps.launchers import adapter, launch, quoted, runs_at_once
from mnist_exp.sweeps.monitor import Monitor
from mnist_exp.sweeps.outline import count_runs, outline
from mnist_exp.sweeps.plan import Job, Plan, plan
from mnist_exp.sweeps.reuse import reusable_records, warn_of_changed_source, warn_of_other_code

if TYPE_CHECKING:
    from mnist_exp.sweeps.rounds import Rounds


def sweep(arguments: Sequence[str], config: DictConfig, loader: ConfigLoader, launcher: Launcher) -> list[Record]:
    """Run all runs of a sweep that have not ended yet, and write its study.

    Args:
        arguments: the overrides as typed, with several values where a key is swept.
        config: the configuration that the overrides are applied to.
        loader: Hydra's loader of that configuration.
        launcher: Hydra's launcher, which runs them.

    Returns:
        The records of all runs; none for a dry run.

    Raises:
        UserError: a run is impossible, or another sweep uses the directory.
        SystemExit: some runs failed, diverged or did not finish; they are printed.
    """
    began = time.perf_counter()
    check_launcher(config.hydra.launcher)
    planned = plan(arguments, config, loader)
    sweep_dir = Path(config.hydra.sweep.dir) if planned.name is None else Path("multirun", planned.name)
    rounds = plan_rounds(sweep_dir, planned, launcher) if planned.max_seeds else None
    if not rounds and (sweep_dir / LOOKS).exists():
        raise UserError(
            f"{sweep_dir} is a sweep with sweep.until=decided: type that too, or choose another sweep.name."
        )
    if planned.dry_run:
        print_outline(sweep_dir, planned, rounds, launcher)
        return []
    with open_dict(config):
        config.hydra.sweep.dir = str(sweep_dir)  # launchers make this directory
    refuse_file(sweep_dir)
    sweep_dir.mkdir(parents=True, exist_ok=True)
    retry = resume_command(arguments, config)
    with locked(sweep_dir) as has_lock:
        if not has_lock:
            raise UserError(f"{sweep_dir} is in use by another sweep: wait for it, or choose another sweep.name.")
        with _nothing_incomplete(sweep_dir, planned, retry):
            write_text(sweep_dir / "multirun.yaml", OmegaConf.to_yaml(config))
            try:
                errors = (
                    run_rounds(sweep_dir, rounds, launcher) if rounds else run_missing(sweep_dir, planned, launcher)
                )
                for error in errors:
                    raise_full_disk(error)
                    print(f"! {explain(error)}", file=sys.stderr)
                return finish(sweep_dir, _so_far(planned, rounds), time.perf_counter() - began, retry)
            except KeyboardInterrupt:
                report_so_far(sweep_dir, _so_far(planned, rounds), time.perf_counter() - began)
                print(f"Interrupted. To continue: {retry}", file=sys.stderr)
                raise


@contextmanager
def _nothing_incomplete(sweep_dir: Path, planned: Plan, retry: str) -> Iterator[None]:
    """Where the disk has no space left, remove what runs left that have not ended, and raise FullDiskError."""
    mark = no_space_mark(sweep_dir)
    mark.unlink(missing_ok=True)
    try:
        yield
    except Exception as error:
        if not is_full_disk(error):
            raise
        for job in planned.jobs:
            if read_record(sweep_dir / job.name) is None:
                remove_unfinished(sweep_dir / job.name)
        raise FullDiskError(sweep_dir, retry) from error
    finally:
        mark.unlink(missing_ok=True)


def plan_rounds(sweep_dir: Path, planned: Plan, launcher: Launcher) -> "Rounds":
    """The rounds of a sweep with sweep.until=decided, after the runs that have ended. Raises UserError."""
    from mnist_exp.study.looks import Rules, read_rules, refuse_changes  # loads scipy; other sweeps need it at the end
    from mnist_exp.sweeps.rounds import Rounds, groups_of, looks_of

    assert planned.max_seeds
    groups = groups_of(planned)
    looks = looks_of(planned.max_seeds, runs_at_once(planned.jobs, sweep_dir, launcher))
    rules, stored = Rules.of(looks, planned.study), read_rules(sweep_dir)
    if stored:
        refuse_changes(sweep_dir, stored, rules)
    ended = reusable_records(sweep_dir, planned.jobs, planned.strict_reuse)
    return Rounds(groups, stored or rules, ended)


def _so_far(planned: Plan, rounds: "Rounds | None") -> Plan:
    """The plan with the runs up to the round that goes on, or all."""
    return replace(planned, jobs=rounds.jobs) if rounds else planned


def print_outline(sweep_dir: Path, planned: Plan, rounds: "Rounds | None", launcher: Launcher) -> None:
    """Print what would be run and how long it would take; of rounds of seeds, the next one."""
    with runtime.quick_imports():
        from mnist_exp.sweeps.time_estimate import TimeEstimate
    jobs = _so_far(planned, rounds).jobs
    reused = reusable_records(sweep_dir, jobs, planned.strict_reuse)
    left = [job.config for job in jobs if job.name not in reused]
    estimate = TimeEstimate(left, read_records(Path("multirun")))
    finished, at_once = [job.name in reused for job in jobs], adapter(launcher, sweep_dir).at_once
    print(outline(jobs, finished, estimate, at_once, estimate.start_up))
    if rounds:
        print(rounds.expect())


def run_rounds(sweep_dir: Path, rounds: "Rounds", launcher: Launcher) -> list[Exception]:
    """Run one round of seeds after another until nothing is open; returns what went wrong in the launcher."""
    from mnist_exp.study.looks import write_rules
    from mnist_exp.sweeps.rounds import unfinished

    write_rules(sweep_dir, rounds.rules)
    _print_start(
        sweep_dir, rounds.jobs, {job.name: rounds.ended[job.name] for job in rounds.jobs if job.name in rounds.ended}
    )
    errors = []
    while missing := rounds.missing:
        write_plan(sweep_dir, [job.record for job in rounds.jobs])
        print(rounds.announce(), flush=True)
        errors += _launch(sweep_dir, missing, len(rounds.jobs) - len(missing), launcher)
        ended = {job.name: record for job in missing if (record := read_record(sweep_dir / job.name))}
        if not ended:  # the launcher failed; another round would too
            return errors
        rounds.add({job.name: ended.get(job.name) or unfinished(job) for job in missing})
    print(rounds.conclude(), flush=True)
    return errors


def run_missing(sweep_dir: Path, planned: Plan, launcher: Launcher) -> list[Exception]:
    """Run what cannot be reused, printing each run as it ends; returns what went wrong in the launcher."""
    jobs = planned.jobs
    reused = reusable_records(sweep_dir, jobs, planned.strict_reuse)
    write_plan(sweep_dir, [job.record for job in jobs])
    _print_start(sweep_dir, jobs, reused)
    return _launch(sweep_dir, [job for job in jobs if job.name not in reused], len(reused), launcher)


def _print_start(sweep_dir: Path, jobs: Sequence[Job], reused: Mapping[str, Record]) -> None:
    """Print how many runs there are and where, and warnings about those that are reused."""
    print(f"{count_runs(len(jobs))}{f' ({len(reused)} reused)' if reused else ''} → {sweep_dir}", flush=True)
    for warning in (*warn_of_other_code(reused), *warn_of_changed_source(sweep_dir, jobs, reused)):
        print(warning, file=sys.stderr, flush=True)
    runtime.restart_clock()


def _launch(sweep_dir: Path, missing: Sequence[Job], reused: int, launcher: Launcher) -> list[Exception]:
    """Run these, printing each as it ends."""
    for job in missing:
        make_room(sweep_dir / job.name)
        remove_result(sweep_dir / job.name)
    with Monitor(sweep_dir, missing, reused):
        errors = launch(missing, sweep_dir, launcher)
    if no_space_mark(sweep_dir).exists():
        raise FullDiskError(sweep_dir)
    return errors


def resume_command(arguments: Sequence[str], config: DictConfig) -> str:
    """The command that continues this sweep: runs that have ended are reused."""
    sweep_dir = Path(config.hydra.sweep.dir)
    text = str(sweep_dir)
    if sweep_dir.parent == Path("multirun") and is_plain_name(sweep_dir.name):
        place = f"sweep.name={sweep_dir.name}"
    else:
        place = "hydra.sweep.dir=" + (text if re.fullmatch(r"[\w./-]+", text) else quoted(text))
    replaced = ("sweep.name=", "hydra.sweep.dir=", "hydra.mode=")
    kept = [a for a in [*config.hydra.overrides.hydra, *arguments] if not a.startswith(replaced)]
    own = command_line_dir(config.hydra)
    return shlex.join(["python", "-m", "mnist_exp", "-m", *(["--config-dir", own] if own else []), *kept, place])


def finish(sweep_dir: Path, planned: Plan, seconds: float, retry: str) -> list[Record]:
    """Print the study of a sweep that has ended and return its records.

    Raises SystemExit, after naming the runs, if some failed, diverged or did not finish.
    """
    records = report(sweep_dir, planned, seconds)
    not_ok = {name: record for name, record in records.items() if not record or record.status != "ok"}
    for name, record in not_ok.items():
        print(f"! {name}: {record.error if record else DID_NOT_FINISH}", file=sys.stderr)
    if any(not record or record.status == "failed" for record in not_ok.values()):
        print(f"To run again only what failed or did not finish: {retry}", file=sys.stderr)
    if not_ok:
        raise SystemExit(1)
    return [record for record in records.values() if record]


def report(sweep_dir: Path, planned: Plan, seconds: float) -> dict[str, Record | None]:
    """Print the study so far and write it; returns the record of each run, None if it has not ended."""
    from mnist_exp.study.write import write_study  # loads scipy, which a refused sweep does not need

    records = _records_of(sweep_dir, planned)
    # Also the runs of earlier commands.
    print(f"\n{write_study(sweep_dir, records_to_study([sweep_dir]), planned.study)}")
    print(f"\n{_finished(records, seconds, sweep_dir)}", flush=True)
    return records


def report_so_far(sweep_dir: Path, planned: Plan, seconds: float) -> None:
    """As report, but soon: with the tables, without the page and the plots."""
    from mnist_exp.study.findings import write_findings

    found = write_findings(sweep_dir, records_to_study([sweep_dir]), planned.study)
    text = "\n\n".join(filter(None, [found.leaderboard, found.verdicts]))
    print(f"\n{text}")
    print(f"\n{_finished(_records_of(sweep_dir, planned), seconds, sweep_dir)}", flush=True)


def _records_of(sweep_dir: Path, planned: Plan) -> dict[str, Record | None]:
    return {job.name: read_record(sweep_dir / job.name) for job in planned.jobs}


def _finished(records: Mapping[str, Record | None], seconds: float, sweep_dir: Path) -> str:
    finished = sum(record is not None and record.status == "ok" for record in records.values())
    return f"{finished} of {count_runs(len(records))} finished in {seconds:.0f} s → {sweep_dir}"
