"""The plots of what the probes measured by layer, alone and beside what was predicted."""

from collections.abc import Iterator, Mapping, Sequence

from matplotlib.figure import Figure

from mnist_exp.figures import study_lines
from mnist_exp.runs.record import Record
from mnist_exp.study.flow import FlowValue, predicted_flow
from mnist_exp.study.inside import LayerValue, measured_inside


def probe_plots(networks: Mapping[str, Mapping[str, Sequence[Record]]]) -> Iterator[tuple[str, Figure, str]]:
    """Name, figure and caption for each quantity that was probed; the runs are given by network and arm."""
    for measure in measured_inside(networks):
        caption = f"{measure.title} by layer, for each activation on each network."
        yield measure.key, study_lines.by_layer(_by_network(measure.values), measure.label, measure.log), caption
    for flow in predicted_flow(networks):
        caption = f"{flow.title} (dashed and points), by layer, for each activation on each network."
        yield flow.key, study_lines.predicted_by_layer(_pairs_by_network(flow.values), flow.axis), caption


def _pairs_by_network(values: Sequence[FlowValue]) -> dict[str, dict[str, dict[str, tuple[float, float]]]]:
    """Network → arm → layer → predicted and measured."""
    found: dict[str, dict[str, dict[str, tuple[float, float]]]] = {}
    for value in values:
        by_arm = found.setdefault(value.network, {})
        by_arm.setdefault(value.arm, {})[value.layer] = value.predicted, value.measured
    return found


def _by_network(values: Sequence[LayerValue]) -> dict[str, dict[str, dict[str, float]]]:
    """Network → arm → layer → mean over the seeds."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for value in values:
        found.setdefault(value.network, {}).setdefault(value.arm, {})[value.layer] = value.mean
    return found
