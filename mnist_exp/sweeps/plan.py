"""What a sweep would run: every run composed, checked and named before the first one starts."""

import itertools
import re
import shlex
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from mnist_exp.config.checks import check
from mnist_exp.config.compose import typed as typed_config
from mnist_exp.config.preflight import settle
from mnist_exp.config.schema import Config, SweepConfig
from mnist_exp.errors import UserError
from mnist_exp.runs.identity import run_name
from mnist_exp.runs.record import Record, blank
from mnist_exp.training.runtime import is_convolutional, threads


@dataclass(frozen=True)
class Job:
    """One run of a sweep: what to type for it, and the plain configuration that this makes."""

    overrides: tuple[str, ...]
    config: Config

    @cached_property
    def name(self) -> str:
        """The directory it gets."""
        return run_name(self.config)

    @cached_property
    def record(self) -> Record:
        """What its result.json says as long as there is none."""
        return blank(self.config, self.overrides)

    @cached_property
    def threads(self) -> int:
        return threads(self.config.trainer.threads, is_convolutional(self.config.model))


@dataclass(frozen=True)
class Plan:
    jobs: list[Job]
    name: str | None  # sweep.name
    dry_run: bool


def plan(arguments: Sequence[str], config: DictConfig, loader: ConfigLoader) -> Plan:
    """Every run of the sweep, once each however often it is named.

    Runs that differ by their seed alone are composed once (0.1 s each): a grid of 250 is planned in 4 s, not 25.
    """

    def compose(overrides: Sequence[str]) -> DictConfig:
        return loader.load_sweep_config(config, list(overrides))

    parted = [_apart(overrides) for overrides in grid(arguments, loader, compose)]
    composed = {others: compose(others) for others in {others: None for others, _ in parted}}
    if any(_depends_on_seed(one) for one in composed.values()):
        parted = [((*others, *seed), ()) for others, seed in parted]
        composed = {typed: compose(typed) for typed, _ in parted}
    seeds = {seed: compose(seed) for seed in {seed: None for _, seed in parted if seed}}
    for one in (*composed.values(), *seeds.values()):
        check(one)  # all of them, before the first may start a download
    wishes = {(one.sweep.name, one.sweep.dry_run) for one in composed.values()}
    if len(wishes) != 1:
        raise UserError(
            "A sweep has one sweep.name." if wishes else "This sweep has no runs: one of its axes is empty."
        )

    @cache
    def settled(others: tuple[str, ...]) -> tuple[Config, list[str]]:
        one, typed = settle(composed[others], list(others), compose)
        return typed_config(one), [override for override in typed if not override.startswith("sweep")]

    jobs: dict[str, Job] = {}
    for others, typed_seed in parted:
        described, typed = settled(others)
        job = Job((*typed, *typed_seed), replace(described, seed=seeds[typed_seed].seed) if typed_seed else described)
        jobs.setdefault(job.name, job)
    return Plan(list(jobs.values()), *wishes.pop())


def _apart(overrides: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All but a plain seed, and that seed."""
    seed = tuple(override for override in overrides if re.fullmatch(r"seed=-?\d+", override))
    return tuple(override for override in overrides if override not in seed), seed


def _depends_on_seed(config: DictConfig) -> bool:
    """Whether anything that decides a run is worked out from its seed."""
    kept = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    return re.search(r"\$\{[^}]*\bseed\b", OmegaConf.to_yaml(kept)) is not None


def grid(
    arguments: Sequence[str], loader: ConfigLoader, compose: Callable[[Sequence[str]], DictConfig]
) -> list[list[str]]:
    """The overrides of each run: the product of all axes, the last one varying fastest.

    The axes of sweep=<file> come first, then its arms; what is typed as well is as typed.
    """
    chosen = [argument for argument in arguments if argument.startswith(("sweep=", "sweep.arms="))]
    named = compose(chosen).sweep if chosen else SweepConfig(axes={}, arms=[])
    typed = _axes(arguments, loader)
    axes = _axes([f"{axis}={values}" for axis, values in named.axes.items()], loader)
    each: list[list[tuple[str, ...]]] = [[(choice,) for choice in choices] for choices in (axes | typed).values()]
    each.insert(len(axes), _arms([_axes(shlex.split(text), loader) for text in named.arms], typed) or [()])
    return [list(itertools.chain(*choices)) for choices in itertools.product(*each)]


def _arms(arms: Sequence[dict[str, list[str]]], typed: Collection[str]) -> list[tuple[str, ...]]:
    """The settings of each arm that were not typed; several such if one of them has several values."""
    for key in typed:
        if "." not in key and 0 < sum(key in arm for arm in arms) < len(arms):
            raise UserError(
                f"{key}=… would make others of this sweep's arms, which differ by it. Leave sweep=… out, or it."
            )
    return [c for arm in arms for c in itertools.product(*(values for key, values in arm.items() if key not in typed))]


def _axes(overrides: Sequence[str], loader: ConfigLoader) -> dict[str, list[str]]:
    """The values each key takes, as one would type each."""
    axes = {}
    for override in OverridesParser.create(config_loader=loader).parse_overrides(list(overrides)):
        swept = override.is_sweep_override()
        values = override.sweep_string_iterator() if swept else [override.get_value_element_as_str()]
        # +key and ++key are another way to write the same axis.
        axes[override.key_or_group] = [f"{override.get_key_element()}={value}" for value in values]
    return axes
