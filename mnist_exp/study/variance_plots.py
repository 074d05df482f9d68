"""The study of the sources of variance as a figure."""

from mnist_exp.figures.variance import ArmSpread, Point, spread_by_source
from mnist_exp.study.plots import Plot
from mnist_exp.study.variance import Variance
from mnist_exp.study.variance_report import network_of, spreads_of


def variance_plots(variance: Variance) -> list[Plot]:
    """The sd of each source with its interval; nothing if no source has two runs."""
    networks: dict[str, list[ArmSpread]] = {}
    for arm in variance.arms:
        if points := spreads_of(arm):
            found = {source: Point(*limits) for source, limits in points.items()}
            networks.setdefault(network_of(variance, arm), []).append(
                ArmSpread(arm.cell.arm, arm.cell.activation, found)
            )
    caption = "Sd of the test accuracy when one seed varies and when all do, with 95 % intervals."
    return [Plot("variance", spread_by_source(networks), caption)] if networks else []
