"""Test accuracy against training time."""

from collections.abc import Mapping, Sequence

from mnist_exp.study.page.chart import (
    Chart,
    Panel,
    Row,
    Spec,
    Table,
    TableRow,
    colour_of,
    interval_layer,
    interval_text,
    point_layer,
    shape_of,
    spec,
    tooltip,
    used_styles,
)
from mnist_exp.study.page.colours import ArmStyle
from mnist_exp.study.page.line_chart import HEIGHT
from mnist_exp.study.page.study_data import ArmMean, StudyData

HEADER = ["network", "arm", "test accuracy, %", "training, s", "parameters", "n"]
CLEARLY = 1.2  # times as long: below that the machine's other work decides


def cost_chart(data: StudyData, styles: Sequence[ArmStyle]) -> Chart | None:
    """A panel for each network; None if no run has its training time."""
    timed = {
        network: found
        for network, means in data.means.items()
        if (found := [mean for mean in means if mean.seconds is not None])
    }
    if not timed:
        return None
    everything = [mean for means in timed.values() for mean in means]
    used = used_styles(styles, {mean.arm for means in timed.values() for mean in _learned(means)})
    return Chart(
        key="cost",
        title="Accuracy against cost",
        sentence=cost_sentence({network: _learned(means) for network, means in timed.items()}),
        how_to_read="Left is faster, up is better. Line: 95 % interval over seeds. Time: median over the seeds."
        + (" Arms with runs that did not learn are in the table only." if any(m.at_chance for m in everything) else ""),
        panels=[Panel(_title(means), cost_spec(_learned(means), used)) for means in timed.values()],
        table=Table(HEADER, [_table_row(mean) for mean in everything]),
        legend=used,
    )


def _learned(means: Sequence[ArmMean]) -> Sequence[ArmMean]:
    """Those whose runs all learned, so that the scale is theirs; all if there are none."""
    return [mean for mean in means if not mean.at_chance] or means


def _title(means: Sequence[ArmMean]) -> str:
    parameters = sorted({mean.parameters for mean in means if mean.parameters is not None})
    if not parameters:
        return means[0].network
    counts = f"{parameters[0]:,}" if len(parameters) == 1 else f"{parameters[0]:,} to {parameters[-1]:,}"
    return f"{means[0].network}, {counts} parameters"


def cost_sentence(timed: Mapping[str, Sequence[ArmMean]]) -> str:
    """Where one activation takes clearly longer than another, and what that is worth."""
    ratios = {}
    for network, means in timed.items():
        slow, fast = (choose(means, key=lambda mean: mean.seconds or 0.0) for choose in (max, min))
        if slow.seconds and fast.seconds:
            ratios[network] = (slow.seconds / fast.seconds, slow, fast)
    if not ratios:
        return "No training times are known."
    network = max(ratios, key=lambda name: ratios[name][0])
    ratio, slow, fast = ratios[network]
    if slow is fast:
        return f"A run of {network} takes {slow.seconds:.1f} s of training."
    if ratio < CLEARLY:
        return (
            f"All activations of a network take about the same time, at most {ratio:.2f} times as long as the fastest."
        )
    gain = slow.mean - fast.mean
    return (
        f"On {network}, training with {slow.arm} takes {ratio:.1f} times as long as with {fast.arm}, "
        f"and its mean accuracy is {abs(gain):.2f} points {'higher' if gain >= 0 else 'lower'}."
    )


def cost_spec(means: Sequence[ArmMean], styles: Sequence[ArmStyle]) -> Spec:
    """Points with their intervals over seeds."""
    rows = [_row(mean) for mean in means]
    x: Spec = {"field": "seconds", "type": "quantitative", "title": "training, seconds for a run"}
    x |= {"scale": {"zero": False, "padding": 14}, "axis": {"grid": False, "tickCount": 5}}
    y: Spec = {"type": "quantitative", "title": "test accuracy, %", "scale": {"zero": False, "padding": 8}}
    y["axis"] = {"tickCount": 5}
    hover = tooltip(title="title", n="n", text="mean", ends="over seeds", time="training", command="command")
    ends: Spec = {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}, "color": colour_of(styles)}
    rule = interval_layer(rows, "low", {"type": "rule", "strokeWidth": 2}, ends)
    place: Spec = {"x": x, "y": {"field": "mean", **y}, "color": colour_of(styles), "shape": shape_of(styles)}
    point = point_layer(100, {**place, "tooltip": hover}, cursor="pointer")
    description = f"Test accuracy against training time on {means[0].network}."
    return spec(rows, [*rule, point], HEIGHT, description, styles)


def _row(mean: ArmMean) -> Row:
    return {
        "arm": mean.arm,
        "title": f"{mean.network}, {mean.arm}",
        "seconds": mean.seconds,
        "mean": mean.mean,
        "low": mean.low,
        "high": mean.high,
        "n": str(mean.n),
        "text": f"{mean.mean:.2f} %",
        "ends": interval_text(mean.low, mean.high),
        "time": f"{mean.seconds:.1f} s",
        "command": mean.command,
        "groups": [mean.group],
    }


def _table_row(mean: ArmMean) -> TableRow:
    parameters = "–" if mean.parameters is None else f"{mean.parameters:,}"
    cells = [mean.network, mean.arm, f"{mean.mean:.2f}", f"{mean.seconds:.1f}", parameters, str(mean.n)]
    return TableRow(cells, [mean.group])
