"""Inside the network: what the probes measured in each layer."""

from collections.abc import Iterator, Sequence

from mnist_exp.study.inside import InsideMeasure, measured_inside
from mnist_exp.study.page.chart import Chart, Table, used_styles
from mnist_exp.study.page.colours import ArmStyle
from mnist_exp.study.page.line_chart import BAND, Axes, LinePoint, line_panels, table_rows
from mnist_exp.study.page.study_data import StudyData


def inside_charts(data: StudyData, styles: Sequence[ArmStyle]) -> Iterator[Chart]:
    """A chart for each quantity that was probed, with its meaning."""
    for measure in measured_inside(data.networks):
        points = [
            LinePoint(v.network, v.arm, v.layer, v.mean, v.low, v.high, v.n, [data.group_of[v.network][v.arm]])
            for v in measure.values
        ]
        yield _inside_chart(measure, points, used_styles(styles, {point.arm for point in points}))


def _inside_chart(measure: InsideMeasure, points: Sequence[LinePoint], styles: Sequence[ArmStyle]) -> Chart:
    header = ["network", "arm", "layer", measure.label, "smallest to largest seed", "n"]
    return Chart(
        key=measure.key,
        title=measure.title,
        sentence=measure.sentence,
        how_to_read=f"Layers from the first to the last. Line: mean over the seeds. {BAND}",
        panels=line_panels(points, Axes("layer", measure.label, x_type="ordinal", y_log=measure.log), styles),
        table=Table(header, table_rows(points)),
        legend=list(styles),
        meaning=measure.meaning,
    )
