"""What the probes measured in each layer: gradients at the first step, dead and saturated units at the last."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from matplotlib.figure import Figure

from mnist_exp.figures import study_lines
from mnist_exp.runs.files import read_probes
from mnist_exp.runs.record import Record

ProbeRows = list[dict[str, Any]]  # of one run, as read_probes returns them


@dataclass(frozen=True)
class Quantity:
    """A column of probes.csv at one step."""

    name: str  # of the plot's file
    column: str
    choose_step: Callable[[Iterable[float]], float]
    title: str
    log: bool
    factor: float


QUANTITIES = (
    Quantity("gradients", "gradient_norm", min, "gradient norm at the first step", log=True, factor=1),
    Quantity("dead", "dead", max, "dead units at the end, %", log=False, factor=100),
    Quantity("saturated", "saturated", max, "saturated at the end, %", log=False, factor=100),
)


def probe_plots(networks: Mapping[str, Mapping[str, Sequence[Record]]]) -> Iterator[tuple[str, Figure, str]]:
    """Name, figure and caption for each quantity that was probed; the runs are given by network and arm."""
    probes = {
        network: {arm: [read_probes(run.run_dir) for run in runs] for arm, runs in by_arm.items()}
        for network, by_arm in networks.items()
    }
    for quantity in QUANTITIES:
        if layers := _layers_by_network(probes, quantity):
            caption = f"{quantity.title.capitalize()} by layer, for each activation on each network."
            yield quantity.name, study_lines.by_layer(layers, quantity.title, quantity.log), caption


def _layers_by_network(
    probes: Mapping[str, Mapping[str, Sequence[ProbeRows]]], quantity: Quantity
) -> dict[str, dict[str, dict[str, float]]]:
    """Network → arm → layer → mean over the seeds; what was not probed is left out."""
    found = {
        network: {arm: layers for arm, runs in by_arm.items() if (layers := _layer_means(runs, quantity))}
        for network, by_arm in probes.items()
    }
    return {network: by_arm for network, by_arm in found.items() if by_arm}


def _layer_means(runs: Sequence[ProbeRows], quantity: Quantity) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for rows in filter(None, runs):
        step = quantity.choose_step(row["step"] for row in rows)
        for row in rows:
            if row["step"] == step and row[quantity.column] is not None:
                values.setdefault(row["layer"], []).append(quantity.factor * row[quantity.column])
    return {layer: mean(of_seeds) for layer, of_seeds in values.items()}
