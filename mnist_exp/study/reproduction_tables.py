"""What a reproduction leaves in a folder: reproduction.csv, .md and .html, and its figures."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from mnist_exp.figures import reproduction as draw
from mnist_exp.figures.style import save, svg
from mnist_exp.runs.files import FIGURES as FOLDER
from mnist_exp.runs.files import write_csv
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import mean_curve
from mnist_exp.study.page import render, stamp
from mnist_exp.study.reproduction import Reproduction, reproductions, training, values, watched
from mnist_exp.study.summary_table import markdown
from mnist_exp.study.tables import command

HEAD = [
    *("setup", "claimed", "measured: mean ± sd (range)", "reached", "n", "training, s"),
    *("default recipe, test", "passes after, s", "default passes after, s", "times sooner"),
]
WHAT = {"test_acc": "test", "test_loss": "loss", "train_acc": "train", "val_acc": "validation"}
NOTES = """\
Figures are the last epoch's, whatever the test set said before. Reached: "yes" if the mean over the seeds is as good
as the claim, told as precisely as it is; "in range" if the best seed is. The default recipe trains the same layers as
conf/config.yaml says, in bf16 where device and network gain by it; the setups in fp32, as Keras does, unless told
otherwise. A claim is passed at the end of the first epoch at which the mean over the seeds has every figure claimed
for the test set (where none is claimed: the setup's own mean); by the default recipe over that number of epochs, of
those tried, with which it passes soonest. Seconds are of training: epochs times the median epoch of the quickest seed,
since other work on the machine only ever slows. "> 4": the setup itself has not passed its claim by its end, nor,
where epochs are told, by the end of so many; "–": not run, or not watched."""


def write_reproduction(folder: Path, results: Sequence[Record], swept: Sequence[str]) -> str:
    """Write it, if these runs repeat published results; where it lies, to be printed."""
    found = sorted(reproductions(results, swept), key=lambda one: (one.source, one.name))
    if not found:
        return ""
    rows = [HEAD, *(cells_of(one) for one in found)]
    used = {id(r): r for one in found for r in itertools.chain(one.runs, one.followed, one.default, *one.other_lengths)}
    caption = "Claimed beside measured on mnist: " + " · ".join(stamp([*used.values()]))
    write_csv(folder / "reproduction.csv", [row for one in found for row in csv_rows(one)])
    (folder / "reproduction.md").write_text(markdown(rows, caption) + f"\n{NOTES}\n")
    drawn = []
    for name, figure, words in figures(found):
        save(figure, folder / FOLDER / f"{name}.png")
        drawn.append((name, Markup(svg(figure, name, words)), words))
    commands = {one.name: (one.source, command(one.runs)) for one in found}
    render("reproduction.html", folder, caption=caption, rows=rows, notes=NOTES, figures=drawn, commands=commands)
    told = [f"{one.name}: {claimed(one)} claimed, {'; '.join(measured(one))} ({reached(one)})" for one in found]
    return "\n".join(["Claimed beside measured (reproduction.md, .csv, .html):", *(f"  {line}" for line in told)])


def cells_of(one: Reproduction) -> list[str]:
    """A row of the table as text."""
    return [
        *(one.name, claimed(one), "; ".join(measured(one)), reached(one)),
        *(f"{len(one.runs)}{one.lost and f' ({one.lost})'}", f"{training(one.runs):.0f}", by_default(one), *times(one)),
    ]


def claimed(one: Reproduction) -> str:
    return ", ".join(f"{WHAT[key]} {shown(key, value)}" for key, value in one.claims.items()) or "no figure"


def measured(one: Reproduction) -> list[str]:
    """Each claimed figure, or what there is of the test set where none is."""
    return [f"{WHAT[key]} {spread(key, values(one.runs, key))}" for key in one.claims or ("test_acc", "test_loss")]


def reached(one: Reproduction) -> str:
    """One word where it is the same for all figures."""
    said = {WHAT[key]: one.reached(key) for key in one.claims}
    if len(set(said.values())) > 1:
        return ", ".join(f"{what} {how}" for what, how in said.items())
    return next(iter(said.values()), "–")


def by_default(one: Reproduction) -> str:
    if not one.default:
        return "not run"
    return f"{spread('test_acc', values(one.default, 'test_acc'))}, n = {len(one.default)}"


def times(one: Reproduction) -> list[str]:
    """After how long the claim is passed by its own recipe and by the default one, and how many times sooner by it."""
    own, ours = one.passed, one.passed_by_default
    after = f"{_not_in(one.longest)}{_by(one)}" if own is None else f"{own:.0f}"
    if ours is None:
        lengths = [watched(one.target, runs) for runs in (one.default, *one.other_lengths)]
        return [after, _not_in(max(filter(None, lengths), key=training, default=[])), "–"]
    epochs = f"{ours.epochs} epoch{'s' * (ours.epochs > 1)}"
    sooner = one.sooner
    about = "–" if sooner is None else f"{'> ' * (own is None)}{sooner:.{2 if sooner < 10 else 1}f}"
    return [after, f"{ours.seconds:.1f} ({epochs}, n = {len(ours.runs)})", about]


def _by(one: Reproduction) -> str:
    """Which runs say so, if they are not the setup's own."""
    if not watched(one.target, one.followed):
        return ""
    return f" ({len(one.longest[0]['history'])} epochs, n = {len(one.longest)})"


def _not_in(runs: Sequence[Record]) -> str:
    """Of a claim that is not passed: longer than they trained, if that was watched."""
    return f"> {training(runs):.0f}" if runs else "–"


def spread(key: str, found: Sequence[float]) -> str:
    """99.21 % ± 0.05 (99.15 to 99.28)"""
    factor, digits, unit = (1, 4, "") if key.endswith("loss") else (100, 2, " %")
    low, high = (f"{factor * end:.{digits}f}" for end in (min(found), max(found)))
    sd = f" ± {factor * stdev(found):.{digits}f}" if len(found) > 1 else ""
    return f"{factor * mean(found):.{digits}f}{unit}{sd}" + (f" ({low} to {high})" if sd else "")


def shown(key: str, value: float) -> str:
    """A claim as precisely as its source has it."""
    return str(value) if key.endswith("loss") else f"{float(f'{100 * value:.10g}'):g} %"


def csv_rows(one: Reproduction) -> Iterator[dict[str, Any]]:
    """A row per figure."""
    last, ours = values(one.default, "test_acc"), one.passed_by_default
    for key in one.claims or ("test_acc", "test_loss"):
        found = values(one.runs, key)
        yield {
            **{"setup": one.name, "source": one.source, "figure": key, "claimed": one.claims.get(key)},
            **{"mean": mean(found), "sd": stdev(found) if len(found) > 1 else None},
            **{"min": min(found), "max": max(found), "n": len(found)},
            "reached": one.reached(key) if key in one.claims else None,
            **{"epochs": one.runs[0]["epochs"], "train_seconds": training(one.runs), "seconds_to_claim": one.passed},
            **{"followed_seconds": training(one.followed) if one.followed else None, "followed_n": len(one.followed)},
            **{"default_n": len(last), "default_test_acc": mean(last) if last else None},
            **{"default_seconds_to_claim": ours and ours.seconds, "times_sooner": one.sooner},
            **{"default_passed_epochs": ours and ours.epochs, "default_passed_n": ours and len(ours.runs)},
            "default_passed_test_acc": ours and mean(values(ours.runs, "test_acc")),
            "command": command(one.runs),
        }


def figures(found: Sequence[Reproduction]) -> Iterator[tuple[str, Figure, str]]:
    errors = {
        one.name: draw.Errors(
            1 - one.claims["test_acc"] if "test_acc" in one.claims else None,
            [1 - value for value in values(one.runs, "test_acc")],
            [1 - value for value in values(one.default, "test_acc")],
        )
        for one in found
    }
    yield "claims", draw.claims(errors), "Test error claimed, repeated, and by the default recipe, for each setup."
    for one in found:
        if one.published and (runs := watched(["train_acc", "test_acc"], one.runs)):
            curves = {key: [mean_curve([r], key) for r in runs] for key in ("train_acc", "test_acc")}
            words = f"Accuracy of {one.name} by epoch, every seed, beside the published points."
            yield f"trajectory_{one.name}", draw.trajectory(curves, one.published), words
