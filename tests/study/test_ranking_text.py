from dataclasses import replace

from mnist_exp.study.block_statistics import Friedman
from mnist_exp.study.ranking import RankedArm, Ranking
from mnist_exp.study.ranking_text import ranking_text


def ranking(**changed):
    """Six activations on four blocks."""
    names = {"mish": 1.5, "swish": 1.75, "relu": 3.25, "leaky_relu": 3.5, "tanh": 5.0, "sigmoid": 6.0}
    shares = [0.82, 0.176, 0.004, 0.0, 0.0, 0.0]
    arms = [RankedArm(n, r, {}, 2, s) for (n, r), s in zip(names.items(), shares, strict=True)]
    made = Ranking(
        arms=arms,
        seeds={"a": 10, "b": 10, "c": 10, "d": 10},
        has_settings=False,
        left_out=[],
        blocks_left_out=[],
        friedman=Friedman(17.3, 0.0001),
        critical_difference=3.77,
        groups=[],
    )
    return replace(made, **changed)


def lines(**changed):
    return ranking_text(ranking(**changed)).splitlines()


def test_the_whole_text():
    assert lines() == [
        "Over 4 combinations of network and data set: mish has the best mean rank, 1.50 of 1 to 6, and is first in 2.",
        "  Mean ranks: mish 1.50, swish 1.75, relu 3.25, leaky_relu 3.50, tanh 5.00, sigmoid 6.00.",
        "  The activations differ in rank (Friedman's test, p < 0.001).",
        "  Differences in mean rank below 3.77 (Nemenyi) are not significant; mish ranks significantly before sigmoid.",
        "  First when the seeds are resampled (n = 10): mish in 82 %, swish in 18 % of 2,000 resamples.",
    ]


def test_without_significant_differences():
    found = lines(friedman=Friedman(4.0, 0.5491), critical_difference=4.9)
    assert found[2] == "  The activations are not shown to differ in rank (Friedman's test, p = 0.549)."
    assert found[3] == "  Differences in mean rank below 4.90 (Nemenyi) are not significant."


def test_too_few_blocks_for_any_difference():
    assert lines(critical_difference=5.33)[3] == (
        "  So few combinations cannot separate two of 6 activations: "
        "their mean ranks would have to differ by 5.33 (Nemenyi)."
    )


def test_two_arms_have_no_friedman_line():
    assert "Friedman" not in ranking_text(ranking(friedman=None))


def test_arms_that_share_the_best_rank():
    arms = [replace(arm, mean_rank=max(arm.mean_rank, 1.75)) for arm in ranking().arms]
    assert lines(arms=arms)[0] == (
        "Over 4 combinations of network and data set: mish and swish share the best mean rank, 1.75 of 1 to 6."
    )
    assert lines(arms=arms)[3].endswith("; mish and swish rank significantly before sigmoid.")


def test_single_seeds_and_unequal_numbers_of_seeds():
    alone = [replace(arm, share_of_wins=None) for arm in ranking().arms]
    assert lines(arms=alone)[4] == (
        "  A combination with a single seed: how stable the ranking is over seeds is not known."
    )
    assert "(n = 3 to 10)" in lines(seeds={"a": 10, "b": 3})[4]


def test_what_is_left_out_is_named():
    found = lines(left_out=["elu"], blocks_left_out=["mlp on mnist"], has_settings=True)
    assert found[0].startswith("Over 4 combinations of network, settings and data set: ")
    assert found[5:] == [
        "  Not ranked, since it lacks a result in some of them: elu.",
        "  Not counted, since no seed has a result of every activation: mlp on mnist.",
    ]
