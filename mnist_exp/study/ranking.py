"""Activations ranked over blocks. A block is a network on a data set; accuracies of different blocks are not mixed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_exp.runs.record import Record
from mnist_exp.study.block_statistics import (
    Friedman,
    critical_difference,
    friedman,
    groups_without_difference,
    ranks,
    shares_of_wins,
)
from mnist_exp.study.cells import Cell, cells, natural_order, ok, select_learning_rates
from mnist_exp.study.statistics import ALPHA

RunsByActivation = Mapping[str, Sequence[Record]]


@dataclass(frozen=True)
class RankedArm:
    """An activation in a ranking."""

    activation: str
    mean_rank: float
    ranks: dict[str, float]  # by block
    best_in: int  # blocks in which no other is better
    share_of_wins: float | None  # of the resamples of the seeds; None if these cannot be resampled


@dataclass(frozen=True)
class Ranking:
    """Activations by their mean rank over blocks."""

    arms: list[RankedArm]  # best first
    seeds: dict[str, int]  # by block: the number of seeds that all arms share
    has_settings: bool  # whether blocks differ in swept settings too
    left_out: list[str]  # activations that have no result in some block
    blocks_left_out: list[str]  # blocks in which the arms share no seed
    friedman: Friedman | None
    critical_difference: float
    groups: list[list[str]]  # activations that are not distinguishable

    def csv_rows(self) -> list[dict[str, Any]]:
        """The rows of ranking.csv: each block is a column with the rank there."""
        best = self.arms[0].mean_rank
        return [
            {
                **{"activation": arm.activation, "mean_rank": arm.mean_rank, "blocks": len(self.seeds)},
                **{"best_in": arm.best_in, "share_of_wins": arm.share_of_wins},
                "differs_from_best": arm.mean_rank - best >= self.critical_difference,
                "critical_difference": self.critical_difference,
                "friedman_p": self.friedman and self.friedman.p,
                **arm.ranks,
            }
            for arm in self.arms
        ]


@dataclass(frozen=True)
class _Block:
    name: str
    accuracies: np.ndarray  # (arms, seeds)


def rank_over_blocks(records: Sequence[Record], swept: Sequence[str]) -> Ranking | None:
    """Rank the activations that have a result in every block, by the means over the seeds that all of them share.

    If learning rates were swept, each activation is ranked at its best one. None for fewer than two blocks or arms.
    """
    networks = _activations_by_network(records, swept)
    everything = list(dict.fromkeys(name for by_activation in networks.values() for name in by_activation))
    names = [name for name in everything if all(name in by_activation for by_activation in networks.values())]
    blocks = [_block(network.block, names, by_activation) for network, by_activation in networks.items()]
    usable = [block for block in blocks if block.accuracies.size]
    if len(names) < 2 or len(usable) < 2:
        return None
    return _ranking(
        names,
        usable,
        has_settings=any(network.swept for network in networks),
        left_out=[name for name in everything if name not in names],
        blocks_left_out=[block.name for block in blocks if not block.accuracies.size],
    )


def _activations_by_network(records: Sequence[Record], swept: Sequence[str]) -> dict[Cell, dict[str, list[Record]]]:
    """The runs with a test accuracy of each network for which several activations have some, in order of its name."""
    selected, others = select_learning_rates(records, swept)
    networks: dict[Cell, dict[str, list[Record]]] = {}
    for cell, runs in cells(selected, others).items():
        found = [run for run in ok(runs) if run.test_acc is not None]
        if cell.activation is not None and found:
            networks.setdefault(cell.without_activation(), {})[cell.activation] = found
    several = [network for network, by_activation in networks.items() if len(by_activation) > 1]
    return {network: networks[network] for network in sorted(several, key=lambda cell: natural_order(cell.block))}


def _block(name: str, activations: Sequence[str], runs: RunsByActivation) -> _Block:
    by_seed = [{run.seed: run.test_acc for run in runs[activation]} for activation in activations]
    seeds = sorted(set.intersection(*map(set, by_seed))) if by_seed else []
    return _Block(name, np.array([[accuracies[seed] for seed in seeds] for accuracies in by_seed], dtype=float))


def _ranking(
    names: Sequence[str],
    blocks: Sequence[_Block],
    has_settings: bool,
    left_out: list[str],
    blocks_left_out: list[str],
) -> Ranking:
    ranked = ranks(np.array([block.accuracies.mean(1) for block in blocks]))  # (blocks, arms)
    mean_ranks = ranked.mean(0)
    order = np.argsort(mean_ranks, kind="stable")
    best_in = (ranked == ranked.min(1, keepdims=True)).sum(0)
    shares = shares_of_wins([block.accuracies for block in blocks])
    difference = critical_difference(len(names), len(blocks), ALPHA)
    arms = [
        RankedArm(
            names[i],
            float(mean_ranks[i]),
            {block.name: float(rank) for block, rank in zip(blocks, ranked[:, i], strict=True)},
            int(best_in[i]),
            None if shares is None else float(shares[i]),
        )
        for i in order
    ]
    groups = groups_without_difference(mean_ranks[order], difference)
    return Ranking(
        arms=arms,
        seeds={block.name: block.accuracies.shape[1] for block in blocks},
        has_settings=has_settings,
        left_out=left_out,
        blocks_left_out=blocks_left_out,
        friedman=friedman(ranked),
        critical_difference=difference,
        groups=[[arm.activation for arm in arms[first : last + 1]] for first, last in groups],
    )
