"""What a difference is worth for other images than those of the test set: its variance over seeds and over images.

At each seed and image the difference between two activations is -1, 0 or 1. Its mean varies with the seeds that were
run and with the images that happen to be in the test set. The variance of the mean over both follows in closed form
from the mean squares of the two-way analysis of variance, with one value in each cell and both factors random. Its
degrees of freedom are Satterthwaite's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from mnist_exp.runs.record import Record
from mnist_exp.study.answers import read_answers
from mnist_exp.study.statistics import LEVEL, accuracy_interval


@dataclass(frozen=True)
class CorrectAnswers:
    """Which test images each run classified correctly, by the folder of the run."""

    by_run: dict[str, NDArray[np.int8]]

    @classmethod
    def read(cls, records: Iterable[Record]) -> "CorrectAnswers":
        """Of all finished runs whose predictions can be read. Runs on one data set must have the same test labels."""
        by_run: dict[str, NDArray[np.int8]] = {}
        labels: dict[str, NDArray[np.generic]] = {}
        for record in records:
            if record.status != "ok":
                continue
            answers = read_answers(record.run_dir)
            if answers and np.array_equal(labels.setdefault(record.data, answers.actual), answers.actual):
                by_run[str(record.run_dir)] = answers.correct.astype(np.int8)
        return cls(by_run)

    def of(self, runs: Iterable[Record]) -> NDArray[np.int8] | None:
        """A row for each run, a column for each image; None if a run lacks its predictions."""
        rows = [self.by_run.get(str(run.run_dir)) for run in runs]
        found = [row for row in rows if row is not None]
        return np.stack(found) if found and len(found) == len(rows) else None


@dataclass(frozen=True)
class Components:
    """Mean squares of a layout of seeds and images."""

    seeds: int
    images: int
    between_seeds: float
    between_images: float
    residual: float

    @property
    def variance(self) -> float:
        """Of the mean over seeds and images. At least that over seeds alone."""
        return (self.between_seeds + max(self.between_images - self.residual, 0.0)) / (self.seeds * self.images)

    @property
    def degrees_of_freedom(self) -> float:
        """Satterthwaite's, for the variance of the mean."""
        parts = [(self.between_seeds, self.seeds - 1)]
        if self.between_images > self.residual:
            parts += [(self.between_images, self.images - 1)]
            parts += [(self.residual, (self.seeds - 1) * (self.images - 1))]
        uncertainty = sum(square**2 / df for square, df in parts if df)
        total = self.variance * self.seeds * self.images
        return total**2 / uncertainty if uncertainty else float(max(self.seeds - 1, 1))

    @property
    def sd_on_these_images(self) -> float:
        """How much a mean over these images varies from seed to seed."""
        return float((self.between_seeds / self.images) ** 0.5)

    @property
    def sd_on_all_images(self) -> float:
        """How much of that is left on infinitely many images like these."""
        return float((max(self.between_seeds - self.residual, 0.0) / self.images) ** 0.5)


def components(values: NDArray[np.int8]) -> Components:
    """The mean squares of at least two images; of a single seed, the images alone."""
    seeds, images = values.shape
    rows, columns = values.mean(axis=1), values.mean(axis=0)
    mean = rows.mean()
    of_rows, of_columns = images * ((rows - mean) ** 2).sum(), seeds * ((columns - mean) ** 2).sum()
    total = (values.astype(np.float64) ** 2).sum() - seeds * images * mean**2
    between_images = of_columns / (images - 1)
    if seeds == 1:
        return Components(seeds, images, 0.0, float(between_images), 0.0)
    residual = max(total - of_rows - of_columns, 0.0) / ((seeds - 1) * (images - 1))
    return Components(seeds, images, float(of_rows / (seeds - 1)), float(between_images), float(residual))


@dataclass(frozen=True)
class Population:
    """A difference between two activations over seeds, and over images like those of the test set."""

    difference: float
    error: float  # standard error
    degrees_of_freedom: float
    error_over_seeds: float  # over seeds alone, on the test images; the interval is at least that wide
    seeds: int

    @property
    def low(self) -> float:
        """The lower end of the 95 % interval."""
        return self.difference - self._half

    @property
    def high(self) -> float:
        """The upper end of the 95 % interval."""
        return self.difference + self._half

    @property
    def _half(self) -> float:
        over_seeds = _quantile(self.seeds - 1) * self.error_over_seeds if self.seeds > 1 else 0.0
        return max(_quantile(self.degrees_of_freedom) * self.error, over_seeds)

    @property
    def p(self) -> float:
        """Two-sided, that there is no difference."""
        return float(2 * stats.t.sf(abs(self.difference) / self.error, self.degrees_of_freedom))

    def p_equivalent(self, margin: float) -> float:
        """Of two one-sided tests: that the difference is the margin or more."""
        return float(stats.t.sf((margin - abs(self.difference)) / self.error, self.degrees_of_freedom))


def population(a: NDArray[np.int8], b: NDArray[np.int8], difference: float) -> Population:
    """The difference of two activations from their correct answers, a row for each seed that both have.

    Args:
        a, b: 1 where an answer is correct, else 0.
        difference: the difference between their mean accuracies as the runs measured it. The stored probabilities are
            rounded, so that theirs can be another one by an image or two.
    """
    found = components(a - b)
    rounding = 1 / (6 * found.seeds * found.images**2)  # an accuracy is a multiple of one image
    error = (found.variance + rounding) ** 0.5
    over_seeds = (found.sd_on_these_images**2 / found.seeds + rounding) ** 0.5
    return Population(difference, error, found.degrees_of_freedom, over_seeds, found.seeds)


def accuracy_over_images(correct: NDArray[np.int8], accuracies: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % interval of an activation's mean accuracy over seeds, if there are several, and images like these.

    It is made on the logit, as that over seeds alone, and is at least as wide. None of fewer than two images, or if
    every answer is the same.

    Args:
        correct: 1 where an answer is correct, else 0; a row for each seed, a column for each image.
        accuracies: of the same runs, as they measured them.
    """
    mean = float(np.mean(accuracies))
    if correct.shape[1] < 2 or not 0 < mean < 1:
        return None
    found = components(correct)
    half = _quantile(found.degrees_of_freedom) * found.variance**0.5 / (mean * (1 - mean))
    low, high = (float(special.expit(special.logit(mean) + sign * half)) for sign in (-1, 1))
    over_seeds = accuracy_interval(accuracies)
    if over_seeds.low is None or over_seeds.high is None:
        return low, high
    return min(low, over_seeds.low), max(high, over_seeds.high)


def _quantile(degrees_of_freedom: float) -> float:
    return float(stats.t.ppf((1 + LEVEL) / 2, degrees_of_freedom))
