"""What a reproduction writes to a folder: reproduction.csv, .md and .html, and its plots."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from markupsafe import Markup

from mnist_exp.atomic_files import write_text
from mnist_exp.figures import reproduction as figures
from mnist_exp.figures.style import svg
from mnist_exp.runs.files import write_csv
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import mean_curve
from mnist_exp.study.csv_tables import command
from mnist_exp.study.figure_files import save_plots
from mnist_exp.study.page.provenance import provenance
from mnist_exp.study.page.render import render
from mnist_exp.study.plots import Plot
from mnist_exp.study.reproduction import Reproduction, reproductions
from mnist_exp.study.reproduction_tables import HEADER, NOTES, claimed, measured, metric_rows, reached, table_row
from mnist_exp.study.summary_table import markdown
from mnist_exp.study.time_to_target import last_values, with_every_epoch


def write_reproduction(folder: Path, records: Sequence[Record], swept: Sequence[str]) -> str:
    """Write the files, if these runs repeat published results. Returns a summary to be printed, or nothing."""
    setups = sorted(reproductions(records, swept), key=lambda one: (one.source, one.name))
    if not setups:
        return ""
    rows = [HEADER, *(table_row(one) for one in setups)]
    stamp = " · ".join(provenance(_distinct_runs(setups)))
    write_csv(folder / "reproduction.csv", [row.csv_row() for one in setups for row in metric_rows(one)])
    caption = f"Published and measured results on mnist: {stamp}"
    write_text(folder / "reproduction.md", markdown(rows, caption) + f"\n{NOTES}\n")
    _write_page(folder, setups, rows, caption)
    lines = [f"  {one.name}: {claimed(one)} claimed, {'; '.join(measured(one))} ({reached(one)})" for one in setups]
    return "\n".join(["Published and measured results (reproduction.md, .csv, .html):", *lines])


def _write_page(folder: Path, setups: Sequence[Reproduction], rows: Sequence[Sequence[str]], caption: str) -> None:
    plots = list(reproduction_plots(setups))
    save_plots(folder, plots)
    drawn = [(name, Markup(svg(figure, name, caption)), caption) for name, figure, caption in plots]
    commands = {one.name: (one.source, command(one.runs)) for one in setups}
    render("reproduction.html", folder, provenance=caption, rows=rows, notes=NOTES, figures=drawn, commands=commands)


def _distinct_runs(setups: Sequence[Reproduction]) -> list[Record]:
    """Every run that these setups use, once."""
    used = (run for one in setups for run in itertools.chain(one.runs, one.longer, one.default, *one.other_lengths))
    return [*{id(run): run for run in used}.values()]


def reproduction_plots(setups: Sequence[Reproduction]) -> Iterator[Plot]:
    """Test errors of all setups, and the learning curves of those with published ones."""
    caption = "Test error of each setup: published, repeated, and with the default recipe."
    yield Plot("claims", figures.claims({one.name: _errors(one) for one in setups}), caption)
    for one in setups:
        runs = with_every_epoch(["train_acc", "test_acc"], one.runs)
        if one.published and runs:
            curves = {key: [mean_curve([run], key) for run in runs] for key in ("train_acc", "test_acc")}
            caption = f"Accuracy of {one.name} by epoch for every seed, with the published values."
            yield Plot(f"trajectory_{one.name}", figures.trajectory(curves, one.published), caption)


def _errors(one: Reproduction) -> figures.Errors:
    claim = one.claims.get("test_acc")
    repeated, default = ([1 - value for value in last_values(runs, "test_acc")] for runs in (one.runs, one.default))
    return figures.Errors(None if claim is None else 1 - claim, repeated, default)
