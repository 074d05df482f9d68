"""When the results of a growing study are looked at, and how strict the test of one pair is at each look.

The probability of a false result that is allowed for the whole study is spent look by look (Lan and DeMets 1983): after
n of `last` seeds, the share (n / last)^RHO of it.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import stats

RHO = 3.0  # of 1.5, 2, 2.5, 3 and 4 the one that saves most on differences like those of the MNIST grid
LARGEST = 0.1  # the largest error that thresholds are simulated for
STUDIES, CHUNK, MOST_VALUES = 300_000, 2_000, 20_000_000


@dataclass(frozen=True)
class Looks:
    """When the results are looked at: after `first` seeds, then after every `step` more, up to `last`."""

    first: int
    step: int
    last: int

    @property
    def counts(self) -> tuple[int, ...]:
        """The number of seeds at each look."""
        return (*range(self.first, self.last, self.step), self.last)


@cache
def thresholds(looks: Looks, error: float, rho: float = RHO) -> tuple[float, ...]:
    """For each look, the two-sided p-value of a paired t-test at or below which the pair counts as different.

    Studies of two equal arms are simulated. Each threshold is such that the share of studies that first cross one at
    this look is the error that may be spent there. The first one needs no simulation.

    Args:
        looks: when the pair is tested.
        error: the probability that two equal arms count as different at any look; at most 0.1.
        rho: how late the error is spent; higher is later.
    """
    counts = looks.counts
    shares = np.array([(count / looks.last) ** rho for count in counts])
    statistics, largest = _null_statistics(counts)
    studies = statistics.shape[1]
    crossed = np.zeros(studies, dtype=bool)
    levels = []
    for look, increment in enumerate(np.diff(error * shares, prepend=0.0)):
        left = largest[look][~crossed[largest[look]]]  # from the largest statistic to the smallest
        exceeding = round(error * shares[look] * studies) - int(crossed.sum())
        around = statistics[look, left[max(exceeding - 1, 0) : exceeding + 1]]
        simulated = 2 * float(stats.t.sf(float(around.mean()), counts[look] - 1)) if exceeding > 0 and look else 0.0
        levels.append(max(simulated, float(increment)))  # which is valid by itself: errors at most add up
        crossed[left[:exceeding]] = True
    return tuple(levels)


@cache
def _null_statistics(counts: tuple[int, ...]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Absolute paired t statistics of pairs without a difference, (looks, studies); the studies with the largest."""
    generator = np.random.default_rng(0)
    chunks = max(1, min(STUDIES, MOST_VALUES // len(counts)) // CHUNK)
    found = []
    for _ in range(chunks):
        mean, error = running_means(generator.standard_normal((CHUNK, counts[-1])), counts)
        found.append(np.abs(mean / error).T.astype(np.float32))
    statistics = np.concatenate(found, axis=1)
    most = int(statistics.shape[1] * LARGEST * 1.1)
    largest = [np.argpartition(row, -most)[-most:] for row in statistics]
    return statistics, [chosen[np.argsort(-row[chosen])] for row, chosen in zip(statistics, largest, strict=True)]


def running_means(differences: np.ndarray, counts: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the first so many differences, and its standard error.

    Args:
        differences: of simulated studies; the seeds are on the last axis.
        counts: the numbers of seeds at the looks.

    Returns:
        Two arrays with the looks on the last axis.
    """
    n, at = np.array(counts), np.array(counts) - 1
    mean = differences.cumsum(axis=-1)[..., at] / n
    variance = ((differences**2).cumsum(axis=-1)[..., at] / n - mean**2) / (n - 1)
    return mean, np.sqrt(np.maximum(variance, 0))
