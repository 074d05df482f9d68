"""One pair of activations on one network and data set, compared."""

from dataclasses import asdict, dataclass
from typing import Any

from mnist_exp.study.max_t import fewest_seeds
from mnist_exp.study.power import SEEDS_TRIED
from mnist_exp.study.statistics import ALPHA
from mnist_exp.study.swept_settings import Settings

KINDS = BETTER, EQUIVALENT, OPEN = "better", "equivalent", "open"
MAX_T, PAIRED_T, SEQUENTIAL = "max-T", "paired t", "sequential t"  # the tests that give verdicts
FEWEST_FOR_T = 3  # two seeds give no usable sd


@dataclass(frozen=True)
class Comparison:
    """The test accuracy of activation `a` minus that of `b`, over the seeds that both have."""

    data: str
    model: str
    settings: Settings  # that were swept
    a: str
    b: str
    lr_a: float
    lr_b: float
    n: int
    difference: float
    sd: float | None
    low: float | None  # of the 95 % interval over seeds, on these test images; adjusted if the test is sequential
    high: float | None
    p: float  # exact, of this pair alone
    p_holm: float  # corrected for all pairs of this network and data set
    verdict: str = ""  # begins with the kind
    kind: str = OPEN
    test: str | None = None  # that gave the verdict
    untested: str | None = None  # why there was no test
    p_adjusted: float | None = None  # of that test, that there is no difference
    p_equivalent: float | None = None  # of that test, that the difference is the margin or more
    margin: float = 0.0  # as a fraction, like the differences
    p_a_better: float | None = None  # the probability that a is better at a new seed
    low_images: float | None = None  # of the 95 % interval over seeds and images like these
    high_images: float | None = None
    kind_images: str | None = None  # the verdict for images like these; None without predictions
    seeds_needed: int | None = None  # that would decide an open pair; None if unknown or too many

    @property
    def winner(self) -> str:
        """The activation with the higher mean."""
        return self.a if self.difference > 0 else self.b

    @property
    def loser(self) -> str:
        """The activation with the lower mean."""
        return self.b if self.difference > 0 else self.a

    @property
    def within_margin(self) -> bool:
        """Whether the difference is shown to be smaller than the margin."""
        if self.test == SEQUENTIAL and self.low is not None and self.high is not None:
            return -self.margin < self.low and self.high < self.margin
        return self.p_equivalent is not None and self.p_equivalent < ALPHA

    @property
    def interval_of_winner(self) -> tuple[float, float] | None:
        """The 95 % interval over seeds, of the winner minus the loser."""
        if self.low is None or self.high is None:
            return None
        return (self.low, self.high) if self.winner == self.a else (-self.high, -self.low)

    def in_words(self) -> str:
        """The kind, and what there is to say of it in a few words."""
        assuming = ", assuming normal differences" if self.test == PAIRED_T else ""
        margin = f"±{100 * self.margin:g} points"
        if self.kind == BETTER:
            within = f", within {margin}" if self.within_margin else ""
            return f"{BETTER}: {self.winner} by {100 * abs(self.difference):.2f} points{within}{assuming}"
        if self.kind == EQUIVALENT:
            return f"{EQUIVALENT}: within {margin}{assuming}"
        return f"{OPEN}: {self._why_open()}"

    def _why_open(self) -> str:
        if self.untested:
            return self.untested
        if self.test == SEQUENTIAL:
            return f"not decided after {self.n} seeds"
        if self.seeds_needed is None:
            return f"more than {SEEDS_TRIED[-1]} seeds would be needed"
        return f"about {self.seeds_needed - self.n} more seeds would decide"

    def csv_row(self) -> dict[str, Any]:
        """A row of comparisons.csv: each swept setting is a column."""
        values = asdict(self)
        return {"data": values.pop("data"), "model": values.pop("model"), **values.pop("settings"), **values}


def too_few(n: int) -> str:
    """Why a pair with so few seeds has no verdict."""
    return f"too few seeds, n = {n}; {FEWEST_FOR_T} allow a t-test, {fewest_seeds(ALPHA)} an exact test"
