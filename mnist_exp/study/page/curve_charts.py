"""Learning curves: validation accuracy and training loss by epoch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mnist_exp.runs.chance import did_not_learn
from mnist_exp.study.cells import values_by_epoch
from mnist_exp.study.page.chart import Chart, Table, used_styles
from mnist_exp.study.page.colours import ArmStyle
from mnist_exp.study.page.line_chart import BAND, Axes, LinePoint, line_panels, table_rows
from mnist_exp.study.page.study_data import StudyData
from mnist_exp.study.plots import HISTORY

MOST_EPOCHS = 60  # in a curve; of longer ones every second, third, … epoch
TITLES = {"val_acc": "How validation accuracy grows", "train_loss": "How training loss falls"}


def curve_charts(data: StudyData, styles: Sequence[ArmStyle]) -> Iterator[Chart]:
    """A chart for each metric that the runs have by epoch."""
    for key, unit in HISTORY.items():
        points = curve_points(data, key)
        if points:
            yield _curve_chart(key, unit, points, styles)


def _curve_chart(key: str, unit: str, points: Sequence[LinePoint], styles: Sequence[ArmStyle]) -> Chart:
    used = used_styles(styles, {point.arm for point in learned_points(points)})
    several = len({point.x for point in points}) > 1
    one_epoch = "Every run has one epoch, so there is no curve: the points are the values after it."
    shown = learned_points(points)
    axes = Axes("epoch", unit, whole_x=True) if several else Axes("activation", unit, x_type="ordinal", lines=False)
    left_out = " Activations with runs that did not learn are in the table only." if len(shown) < len(points) else ""
    return Chart(
        key=key,
        title=TITLES[key] if several else unit[0].upper() + unit[1:].partition(",")[0] + " after one epoch",
        sentence=curve_sentence(key, shown) if several else one_epoch,
        how_to_read=(
            f"Line: mean over the seeds. {BAND}" if several else "Bars go from the smallest to the largest seed."
        )
        + left_out,
        panels=line_panels(shown if several else [replace(point, x=point.arm) for point in shown], axes, used),
        table=Table(["network", "arm", "epoch", unit, "smallest to largest seed", "n"], table_rows(points)),
        legend=used,
    )


def curve_points(data: StudyData, key: str) -> list[LinePoint]:
    """Values over the seeds, up to the epoch that all of them reached; accuracies in percent."""
    factor = 100 if key.endswith("acc") else 1
    return [
        LinePoint.of(network, arm, epoch, [factor * value for value in values], [data.group_of[network][arm]], lost)
        for network in data.comparable
        for arm, runs in data.networks[network].items()
        for lost in [any(map(did_not_learn, runs))]
        for epoch, values in _thinned(values_by_epoch(runs, key)).items()
    ]


def learned_points(points: Sequence[LinePoint]) -> list[LinePoint]:
    """Without the arms of a network that have runs that did not learn, unless none is left."""
    networks = {point.network for point in points if not point.at_chance}
    return [point for point in points if point.network not in networks or not point.at_chance]


def _thinned(by_epoch: Mapping[int, list[float]]) -> dict[int, list[float]]:
    step = -(-len(by_epoch) // MOST_EPOCHS)
    last = max(by_epoch, default=0)
    return {epoch: values for epoch, values in by_epoch.items() if (last - epoch) % max(step, 1) == 0}


def curve_sentence(key: str, points: Sequence[LinePoint]) -> str:
    """Where the activations differ most after the first epoch, and how much of that is left after the last."""
    networks = {
        network: [p for p in points if p.network == network] for network in dict.fromkeys(p.network for p in points)
    }
    gaps = {network: _gap(own, first=True) for network, own in networks.items()}
    network = max(gaps, key=lambda name: gaps[name][0])
    gap, high, low = gaps[network]
    end_gap, end_high, end_low = _gap(networks[network], first=False)
    if gap == 0:
        return "One activation on each network: there is no other curve to compare."
    if key == "val_acc":
        return (
            f"After the first epoch on {network}, {high} is {gap:.2f} points above {low}. After the last epoch "
            f"{end_high} is {end_gap:.2f} points above {end_low}."
        )
    return f"On {network} the training loss after the last epoch is lowest with {end_low} and highest with {end_high}."


def _gap(points: Sequence[LinePoint], first: bool) -> tuple[float, str, str]:
    """Between the arms with the highest and the lowest mean, at the first or the last epoch of each."""
    ends: dict[str, LinePoint] = {}
    for point in points:
        if not first or point.arm not in ends:
            ends[point.arm] = point
    high, low = (choose(ends.values(), key=lambda point: point.mean) for choose in (max, min))
    return high.mean - low.mean, high.arm, low.arm
