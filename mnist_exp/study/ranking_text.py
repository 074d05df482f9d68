"""A ranking over blocks in words."""

from mnist_exp.errors import listed
from mnist_exp.study.block_statistics import RESAMPLES
from mnist_exp.study.cells import count_range
from mnist_exp.study.ranking import Ranking
from mnist_exp.study.statistics import ALPHA


def ranking_text(ranking: Ranking) -> str:
    """A line with the blocks, and indented lines: mean ranks, tests, stability, what is left out."""
    what = "network, settings and data set" if ranking.has_settings else "network and data set"
    lines = [
        f"Over {len(ranking.seeds)} combinations of {what}: {_best(ranking)}",
        f"  Mean ranks: {', '.join(f'{arm.activation} {arm.mean_rank:.2f}' for arm in ranking.arms)}.",
        f"  {_friedman(ranking)}",
        f"  {_nemenyi(ranking)}",
        f"  {_stability(ranking)}",
        *(f"  Not ranked, since it lacks a result in some of them: {name}." for name in ranking.left_out),
        *(
            f"  Not counted, since no seed has a result of every activation: {name}."
            for name in ranking.blocks_left_out
        ),
    ]
    return "\n".join(line for line in lines if line.strip())


def _best(ranking: Ranking) -> str:
    """mish has the best mean rank, 1.50 of 1 to 6, and is first in 3."""
    best, names = ranking.arms[0], _names_of_best(ranking)
    rank = f"the best mean rank, {best.mean_rank:.2f} of 1 to {len(ranking.arms)}"
    if len(names) > 1:
        return f"{listed(names)} share {rank}."
    return f"{best.activation} has {rank}, and is first in {best.best_in}."


def _names_of_best(ranking: Ranking) -> list[str]:
    return [arm.activation for arm in ranking.arms if arm.mean_rank == ranking.arms[0].mean_rank]


def _friedman(ranking: Ranking) -> str:
    if ranking.friedman is None:
        return ""
    p = ranking.friedman.p
    differ = "differ" if p < ALPHA else "are not shown to differ"
    return f"The activations {differ} in rank (Friedman's test, p {f'= {p:.3f}' if p >= 0.001 else '< 0.001'})."


def _nemenyi(ranking: Ranking) -> str:
    arms, difference = ranking.arms, ranking.critical_difference
    if difference > len(arms) - 1:
        return (
            f"So few combinations cannot separate two of {len(arms)} activations: "
            f"their mean ranks would have to differ by {difference:.2f} (Nemenyi)."
        )
    worse = [arm.activation for arm in arms if arm.mean_rank - arms[0].mean_rank >= difference]
    text, best = (
        f"Differences in mean rank below {difference:.2f} (Nemenyi) are not significant",
        _names_of_best(ranking),
    )
    if not worse:
        return f"{text}."
    return f"{text}; {listed(best)} {'ranks' if len(best) == 1 else 'rank'} significantly before {listed(worse)}."


def _stability(ranking: Ranking) -> str:
    """In how many resamples of the seeds an arm is first."""
    shares = [(arm.share_of_wins, arm.activation) for arm in ranking.arms if arm.share_of_wins is not None]
    if not shares:
        return "A combination with a single seed: how stable the ranking is over seeds is not known."
    winners = sorted((item for item in shares if round(100 * item[0]) > 0), key=lambda item: -item[0])
    first = ", ".join(f"{name} in {100 * share:.0f} %" for share, name in winners)
    n = count_range(ranking.seeds.values())
    return f"First when the seeds are resampled (n = {n}): {first} of {RESAMPLES:,} resamples."
