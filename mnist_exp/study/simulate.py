"""Simulated studies whose truth is known: how often the verdicts of a study are wrong, and how often they are found.

    python -m mnist_exp.study.simulate                     2,000 studies of each kind
    python -m mnist_exp.study.simulate --studies 200       a quick look

Accuracies are in points, and normal unless a row says otherwise.
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mnist_exp.study.images import population
from mnist_exp.study.leaderboard import aligned
from mnist_exp.study.max_t import equivalence, max_t
from mnist_exp.study.simulate_rounds import error_rates, runs_saved
from mnist_exp.study.statistics import ALPHA, holm, interval

ARMS, SEEDS = 6, 10
SPREAD, MARGIN = 0.06, 0.1  # of a difference, from seed to seed; both like the grid's in points
CHUNK = 50  # studies at once
Array = NDArray[np.floating]


class Setting(NamedTuple):
    """True means of some arms, and how their results vary."""

    name: str
    means: Sequence[float]
    seeds: int = SEEDS
    spread: float = SPREAD
    tails: int | None = None  # degrees of freedom of Student's t for single runs; None = normal
    skewed: bool = False  # whether the results of the first arm are exponential: a few seeds are far below its mean

    def differences(self, studies: int, generator: np.random.Generator) -> Array:
        """Of all pairs, shape (studies, seeds, pairs)."""
        shape = studies, self.seeds, len(self.means)
        noise = generator.standard_normal(shape) if self.tails is None else generator.standard_t(self.tails, shape)
        unit = 1.0 if self.tails is None else (self.tails / (self.tails - 2)) ** 0.5
        if self.skewed:
            noise[..., 0] = 1 - generator.standard_exponential(shape[:2])
        arms = np.array(self.means) + noise / unit * self.spread / 2**0.5
        a, b = np.array(list(combinations(range(len(self.means)), 2))).T
        found: Array = arms[..., a] - arms[..., b]
        return found

    @property
    def truth(self) -> Array:
        """The true difference of each pair."""
        return np.array([a - b for a, b in combinations(self.means, 2)])


def _half(size: float, arms: int = ARMS) -> list[float]:
    """Half of the arms are better than the other half."""
    return [0.0] * (arms // 2) + [size] * (arms - arms // 2)


ERRORS = (
    Setting("6 equal arms", [0.0] * 6),
    Setting("6 equal arms, 6 seeds", [0.0] * 6, seeds=6),
    Setting("12 equal arms", [0.0] * 12),
    Setting("6 equal arms, tails of t with 4 df", [0.0] * 6, tails=4),
    Setting("6 equal arms, 1 skewed (exponential)", [0.0] * 6, skewed=True),
    Setting("3 equal arms, 3 better by the margin", _half(MARGIN)),
    Setting("1 of 6 arms better by the margin", [MARGIN] + [0.0] * 5),
    Setting("the same, tails of t with 4 df", [MARGIN] + [0.0] * 5, tails=4),
)
POWERS = (
    Setting("3 arms, 1 better by 0.1", [0.1, 0.0, 0.0]),
    Setting("6 arms, 1 better by 0.05", [0.05] + [0.0] * 5),
    Setting("6 arms, 1 better by 0.1", [0.1] + [0.0] * 5),
    Setting("6 arms, 1 better by 0.1, 7 seeds", [0.1] + [0.0] * 5, seeds=7),
    Setting("6 arms, 1 better by 0.1, 12 seeds", [0.1] + [0.0] * 5, seeds=12),
    Setting("6 arms, 3 better by 0.1", _half(0.1)),
    Setting("6 arms, means like cnn of the grid", [98.60, 99.04, 99.27, 99.25, 99.33, 99.33]),
    Setting("6 arms, means like mlp_deep of the grid", [97.10, 97.59, 98.06, 98.08, 98.17, 98.19], spread=0.12),
    Setting("6 arms, 1 better by 0.1, tails of t with 4 df", [0.1] + [0.0] * 5, tails=4),
    Setting("12 arms, 1 better by 0.1", [0.1] + [0.0] * 11),
)


class ErrorRow(NamedTuple):
    """The shares of studies with a pair that is wrongly called better, or wrongly equivalent."""

    setting: str
    better: float
    better_by_holm: float
    equivalent: float


class PowerRow(NamedTuple):
    """The shares of true differences that are shown."""

    setting: str
    max_t: float
    holm: float


class CoverageRow(NamedTuple):
    """How often an interval of 95 % holds the true difference."""

    interval: str
    coverage: float


def error_row(setting: Setting, studies: int, seed: int = 0) -> ErrorRow:
    """How often any verdict of a study is wrong."""
    equal, far = setting.truth == 0, np.abs(setting.truth) >= MARGIN - 1e-9
    wrong = [
        [(p[:, equal] < ALPHA).any(axis=1), (q[:, equal] < ALPHA).any(axis=1), (e[:, far] < ALPHA).any(axis=1)]
        for p, q, e in _p_values(setting, studies, seed)
    ]
    return ErrorRow(setting.name, *(float(share) for share in np.concatenate(wrong, axis=1).mean(axis=1)))


def power_row(setting: Setting, studies: int, seed: int = 0) -> PowerRow:
    """How many true differences max-T shows, and how many Holm's correction of the same tests shows."""
    true = setting.truth != 0
    shown = [[p[:, true] < ALPHA, q[:, true] < ALPHA] for p, q, _ in _p_values(setting, studies, seed)]
    return PowerRow(setting.name, *(float(share) for share in np.concatenate(shown, axis=1).mean(axis=(1, 2))))


def _p_values(setting: Setting, studies: int, seed: int) -> Iterator[tuple[Array, Array, Array]]:
    """By max-T, by Holm, and of equivalence: shape (studies, pairs), some studies at a time."""
    generator = np.random.default_rng(seed)
    for first in range(0, studies, CHUNK):
        differences = setting.differences(min(CHUNK, studies - first), generator)
        single = max_t(differences.swapaxes(1, 2)[..., None])[..., 0]
        corrected = np.array([holm(list(row)) for row in single])
        yield max_t(differences), corrected, equivalence(differences, MARGIN)


def coverage_rows(studies: int, seed: int = 0, images: int = 1_000, shift: float = 0.05) -> list[CoverageRow]:
    """Both intervals of a difference, in studies with images that are easy or hard and seeds that went well or badly.

    An image is answered correctly if its easiness for an arm, the arm's own value, the seed's and that of the single
    answer add up to more than 0. All are normal, so that both true differences follow from the normal distribution.
    """
    generator = np.random.default_rng(seed)
    of_images, of_arm, of_seed, of_answer = 1.5, 0.7, 0.1, 0.7
    own = np.array([shift, 0.0])[:, None]
    spread = np.sqrt(of_seed**2 + of_answer**2)
    everything = np.sqrt(of_images**2 + of_arm**2 + spread**2)
    true = float(np.subtract(*stats.norm.cdf((1.5 + own[:, 0]) / everything)))
    over_seeds, over_both = [], []
    for _ in range(studies):
        easiness = generator.normal(1.5, of_images, images) + generator.normal(0, of_arm, (2, images))
        here = float(np.subtract(*stats.norm.cdf((easiness + own) / spread).mean(axis=1)))
        seeds, answers = generator.normal(0, of_seed, (2, SEEDS, 1)), generator.normal(0, of_answer, (2, SEEDS, images))
        correct = (easiness[:, None] + own[..., None] + seeds + answers > 0).astype(np.int8)
        _, mean, _, low, high = interval(list(correct[0].mean(axis=1) - correct[1].mean(axis=1)))
        wide = population(correct[0], correct[1], mean)
        over_seeds.append(low is not None and high is not None and low <= here <= high)
        over_both.append(wide.low <= true <= wide.high)
    return [
        CoverageRow("over seeds, these images", float(np.mean(over_seeds))),
        CoverageRow("over seeds and images like these", float(np.mean(over_both))),
    ]


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str | float | int | None]]) -> str:
    """Lines of text; shares in percent."""
    texts = [list(header), *([_cell(value) for value in row] for row in rows)]
    return "\n".join([title, *aligned(texts, left=0), ""])


def _cell(value: str | float | int | None) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" if isinstance(value, float) else str(value)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; `arguments` are those of the process if not given."""
    parser = argparse.ArgumentParser(prog="python -m mnist_exp.study.simulate", description=__doc__)
    parser.add_argument("--studies", type=int, default=2_000, help="simulated studies in each row (2000)")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    print(f"{given.studies} studies in each row, {SEEDS} seeds unless a row says otherwise; margin ±{MARGIN} points.\n")
    rows: Sequence[Sequence[str | float | int | None]] = [error_row(s, given.studies, given.seed) for s in ERRORS]
    print(table("Studies with a wrong verdict", ("", "better", "better by Holm", "equivalent"), rows), flush=True)
    rows = [power_row(setting, given.studies, given.seed) for setting in POWERS]
    print(table("True differences that are shown", ("", "max-T", "Holm"), rows), flush=True)
    rows = coverage_rows(given.studies, given.seed)
    print(table("Intervals of 95 % that hold the true difference", ("", "coverage"), rows), flush=True)
    found = error_rates(given.studies, given.seed)
    rows = [(row.setting, row.wrong_better, row.wrong_equivalent, round(row.runs)) for row in found]
    title = "Seeds added until decided: studies with a wrong verdict"
    print(table(title, ("", "better", "equivalent", "mean runs"), rows), flush=True)
    saved = runs_saved(max(1, given.studies // 2), given.seed)
    rows = [(row.setting, round(row.runs), *row.decided, *row.correct) for row in saved]
    title = f"Runs saved against a fixed number of seeds that decides as many pairs, {saved[0].studies} studies"
    header = ("", "mean runs", "decided", "fixed seeds", "saved", "decided correctly", "fixed seeds", "saved")
    print(table(title, header, rows), flush=True)


if __name__ == "__main__":
    main()
