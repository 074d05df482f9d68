"""Charts of swept settings: test accuracy by learning rate and by depth, with what the probes say of it."""

from collections.abc import Callable, Iterator, Sequence

from mnist_exp.runs.chance import did_not_learn
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import cells, ok
from mnist_exp.study.page.chart import Chart, Panel, Table, used_styles
from mnist_exp.study.page.colours import ArmStyle
from mnist_exp.study.page.line_chart import BAND, Axes, LinePoint, line_panels, line_spec, table_rows
from mnist_exp.study.page.study_data import StudyData
from mnist_exp.study.swept_plots import dead_units_at_the_end, first_gradient_norm
from mnist_exp.study.swept_settings import HIDDEN, LR, hidden_widths

Series = dict[tuple[str, str], list[Record]]  # the runs of a network and an arm
Measure = Callable[[Record], float | None]
RATE, DEPTH = "learning rate", "hidden layers"


def swept_charts(data: StudyData, styles: Sequence[ArmStyle]) -> Iterator[Chart]:
    """The charts of the settings that were swept."""
    if LR in data.swept:
        series = _series(data, data.records, [key for key in data.swept if key != LR])
        dead = Axes(RATE, "dead units at the end, %", x_log=True)
        yield from _chart("rate", data, series, Axes(RATE, "test accuracy, %", x_log=True), _rate, _accuracy, styles)
        yield from _chart("rate_dead", data, series, dead, _rate, dead_units_at_the_end, styles)
    if HIDDEN in data.swept and len({len(hidden_widths(run)) for run in ok(data.selected)}) > 1:
        series = _series(data, data.selected, [key for key in data.others if key != HIDDEN])
        gradient = Axes(DEPTH, "gradient norm of the first layer, first step", y_log=True, whole_x=True)
        yield from _chart(
            "depth", data, series, Axes(DEPTH, "test accuracy, %", whole_x=True), _depth, _accuracy, styles
        )
        yield from _chart("depth_gradient", data, series, gradient, _depth, first_gradient_norm, styles)


def _rate(run: Record) -> float:
    return run.lr


def _depth(run: Record) -> float:
    return len(hidden_widths(run))


def _accuracy(run: Record) -> float | None:
    return None if run.test_acc is None else 100 * run.test_acc


def _series(data: StudyData, records: Sequence[Record], keys: Sequence[str]) -> Series:
    """The finished runs by network and arm. Networks are named with the widths of their layers if these were swept."""
    with_data = len({record.data for record in records}) > 1
    found: Series = {}
    for cell, runs in cells(ok(records), keys).items():
        for run in runs:
            widths = sorted({str(width) for width in hidden_widths(run)}) if HIDDEN in data.swept else []
            network = " ".join([cell.model, *widths, *([f"on {cell.data}"] if with_data else [])])
            found.setdefault((network, cell.arm), []).append(run)
    return found


def _chart(
    key: str,
    data: StudyData,
    series: Series,
    axes: Axes,
    x_of: Callable[[Record], float],
    measure: Measure,
    styles: Sequence[ArmStyle],
) -> Iterator[Chart]:
    """A chart, if the runs have what it shows."""
    points = [
        point for place, runs in series.items() for point in _line(data, place, runs, x_of, measure, axes.x_title)
    ]
    if not points:
        return
    used = used_styles(styles, {point.arm for point in points})
    networks = [
        [point for point in points if point.network == name] for name in dict.fromkeys(p.network for p in points)
    ]
    yield Chart(
        key=key,
        title=f"{axes.y_title[0].upper()}{axes.y_title[1:].removesuffix(', %')} by {axes.x_title}",
        sentence=best_place_sentence(points, axes),
        how_to_read=f"Line: mean over the seeds that finished. {BAND}",
        panels=[panel for network in networks for panel in _panels(network, axes, used)],
        table=Table(
            ["network", "arm", axes.x_title, axes.y_title, "smallest to largest seed", "n"], table_rows(points)
        ),
        legend=used,
    )


def _panels(points: Sequence[LinePoint], axes: Axes, styles: Sequence[ArmStyle]) -> Iterator[Panel]:
    """All points of a network; and those of runs that learned, on a scale on which they can be told apart."""
    yield from line_panels(points, axes, styles)
    learned = [point for point in points if not point.at_chance]
    if len(points) > len(learned) > 1:
        name = points[0].network
        yield Panel(f"{name}, runs that learned", line_spec(name, learned, axes, styles))


def _line(
    data: StudyData,
    place: tuple[str, str],
    runs: Sequence[Record],
    x_of: Callable[[Record], float],
    measure: Measure,
    x_title: str,
) -> Iterator[LinePoint]:
    """The points of one arm on one network, from left to right."""
    network, arm = place
    for x in sorted({x_of(run) for run in runs}):
        here = [run for run in runs if x_of(run) == x]
        values = [value for run in here if (value := measure(run)) is not None]
        if values:
            group = data.groups.add(f"{network}, {arm}, {x_title} {x:g}", here)
            yield LinePoint.of(network, arm, x, values, [group], any(map(did_not_learn, here)))


def best_place_sentence(points: Sequence[LinePoint], axes: Axes) -> str:
    """Where the highest mean is."""
    best = max(points, key=lambda point: point.mean)
    what, percent, _ = axes.y_title.partition(", %")
    value = f"{best.mean:.4g}{' %' if percent else ''}"
    return (
        f"{what[0].upper()}{what[1:]}: the highest mean is {value}, with {best.arm} on {best.network} "
        f"at {axes.x_title} {best.x:g}."
    )
