"""Pairs of activations on each network and data set, compared by their differences seed by seed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mnist_exp.config.schema import StudyConfig
from mnist_exp.runs.record import Record
from mnist_exp.study.arms import Arm, Pair, differences_by_seed, networks, pairs_of
from mnist_exp.study.cells import Cell, natural_order, select_learning_rates
from mnist_exp.study.comparison import Comparison
from mnist_exp.study.images import CorrectAnswers
from mnist_exp.study.kinds import decided, for_images, has_sd, over_images, tested, with_seeds_needed
from mnist_exp.study.looks import Rules, decide_records
from mnist_exp.study.max_t import max_t
from mnist_exp.study.statistics import difference_interval, holm, paired_t
from mnist_exp.study.swept_settings import HIDDEN, format_settings

MIXED = "some of these runs are of a sweep with sweep.until=decided, others are not: study them apart"


def compare(
    records: Sequence[Record],
    swept: Sequence[str],
    options: StudyConfig,
    rules: Mapping[Path, Rules] | None = None,
) -> list[Comparison]:
    """The pairs of activations on each network and data set, paired by seed and corrected for all of these pairs.

    If learning rates were swept, each activation is compared at its best one.

    Args:
        records: the runs.
        swept: the settings in which they differ.
        options: the margin and the control.
        rules: those of sweeps that added seeds until their pairs were decided, by folder.
    """
    selected, others = select_learning_rates(records, swept)
    answers = CorrectAnswers.read(selected)
    return [
        comparison
        for network, arms in networks(selected, others).items()
        for comparison in _compare_network(network, arms, options, answers, _rules_of(arms, rules or {}))
    ]


def group_by_network(comparisons: Sequence[Comparison], with_data: bool) -> dict[str, list[Comparison]]:
    """The pairs by network, which is named with its swept settings and, if wanted, the data set."""
    groups: dict[str, list[Comparison]] = {}
    for pair in comparisons:
        others = [(key, value) for key, value in pair.settings.items() if key != HIDDEN]
        sizes = [value for key, value in pair.settings.items() if key == HIDDEN]
        data = [f"on {pair.data}"] if with_data else []
        groups.setdefault(" ".join([pair.model, *sizes, *format_settings(others), *data]), []).append(pair)
    return {name: groups[name] for name in sorted(groups, key=natural_order)}


def _rules_of(arms: Sequence[Arm], rules: Mapping[Path, Rules]) -> set[Rules | None]:
    """The rules that the runs of a network followed."""
    return {rules.get(run.run_dir.parent) for arm in arms for run in arm.ended}


def _compare_network(
    network: Cell, arms: Sequence[Arm], options: StudyConfig, answers: CorrectAnswers, followed: set[Rules | None]
) -> list[Comparison]:
    rules = next(iter(followed)) if len(followed) == 1 else None
    options = rules.options if rules else options
    pairs = list(pairs_of(arms, options.control))
    decisions = {}
    if rules and pairs:
        found = decide_records({arm.name: arm.ended for arm in arms}, rules)
        decisions = {(one.a, one.b): one for one in found.pairs}
        # A pair is judged by the seeds up to the round that decided it.
        counts = (0, *rules.looks.counts)
        pairs = [replace(pair, below=counts[decisions[pair.a.name, pair.b.name].look] or None) for pair in pairs]
        pairs = [pair for pair in pairs if pair.seeds]
    if not pairs:
        return []
    compared = _measured(network, pairs, options.margin / 100)
    populations = [over_images(pair, answers) for pair in pairs]
    if len(followed) > 1:
        compared = [replace(one, untested=MIXED) for one in compared]
    elif rules:
        compared = for_images([decided(one, decisions[one.a, one.b]) for one in compared], populations)
    else:
        compared = with_seeds_needed(for_images(tested(compared, pairs), populations), pairs)
    return [replace(one, verdict=one.in_words()) for one in compared]


def _measured(network: Cell, pairs: Sequence[Pair], margin: float) -> list[Comparison]:
    """Without verdicts."""
    each_alone = max_t(differences_by_seed(pairs).T[..., np.newaxis])[:, 0]
    corrected = holm(list(each_alone))
    return [
        Comparison(
            network.data,
            network.model,
            network.settings,
            pair.a.name,
            pair.b.name,
            pair.a.runs[pair.seeds[0]].lr,
            pair.b.runs[pair.seeds[0]].lr,
            *difference_interval(pair.differences),
            p=float(p),
            p_holm=float(p_holm),
            margin=margin,
            p_a_better=paired_t(pair.differences, pair.resolution).positive_next if has_sd(pair) else None,
        )
        for pair, p, p_holm in zip(pairs, each_alone, corrected, strict=True)
    ]
