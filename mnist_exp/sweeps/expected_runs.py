"""How many runs a sweep with sweep.until=decided is likely to take, by simulation."""

from collections.abc import Mapping, Sequence

import numpy as np

from mnist_exp.runs.record import Record
from mnist_exp.study.cells import ok
from mnist_exp.study.looks import Rules
from mnist_exp.study.simulate_rounds import GRID, Setting, simulate

STUDIES = 100  # simulated for each network
FEWEST_SEEDS = 3  # that have ended with a result in every arm, so that the spread can be estimated
TYPICAL = next(setting for setting in GRID if setting.name == "mlp_deep")  # its pairs are harder to decide than cnn's
MEASURED = "if means and spreads are those of the runs that have ended"
ASSUMED = (
    f"if activations differ as those of {TYPICAL.name} do on MNIST, and differences spread from seed to seed by "
    f"{TYPICAL.spreads[0] * 2**0.5:.2f} points"
)


def expected_runs(arms: Mapping[str, Sequence[Record]], rules: Rules) -> tuple[float, str]:
    """The mean number of runs of one network, and what it assumes.

    Args:
        arms: the runs of each activation that have ended.
        rules: of the sweep.
    """
    names = sorted(arms, key=lambda name: name != rules.control)
    if len(names) < 2 or rules.control not in (None, *names):
        return len(names) * rules.looks.first, ""
    generator = np.random.default_rng(0)
    measured = _measured([arms[name] for name in names])
    if measured is None:
        means = np.array(
            [generator.choice(TYPICAL.means, len(names), len(names) > len(TYPICAL.means)) for _ in range(STUDIES)]
        )
        equal = Setting("equal", [0.0] * len(names), [TYPICAL.spreads[0]] * len(names))
        drawn = means[:, :, None] + equal.draw(STUDIES, rules.looks.last, generator)
    else:
        drawn = measured.draw(STUDIES, rules.looks.last, generator)
    runs = simulate(drawn, rules.looks, rules.margin, rules.control is not None).runs
    return float(runs.mean()), ASSUMED if measured is None else MEASURED


def _measured(arms: Sequence[Sequence[Record]]) -> Setting | None:
    """The means, and the spread that is left without what arms or seeds have in common; None for too few seeds."""
    results = [{run.seed: 100 * run.test_acc for run in ok(runs) if run.test_acc is not None} for runs in arms]
    seeds = sorted(set.intersection(*(set(found) for found in results)))
    if len(seeds) < FEWEST_SEEDS:
        return None
    table = np.array([[found[seed] for seed in seeds] for found in results])
    rest = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()
    spread = float(np.sqrt((rest**2).sum() / ((len(arms) - 1) * (len(seeds) - 1))))
    return Setting("measured", table.mean(axis=1).tolist(), [spread] * len(arms))
