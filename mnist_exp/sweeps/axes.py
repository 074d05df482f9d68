"""What is typed for a sweep, and what its file in sweep/ adds: the overrides of each run."""

import itertools
import math
import re
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, RangeSweep
from omegaconf import DictConfig

from mnist_exp.config.schema import SweepConfig
from mnist_exp.errors import UserError

MOST_RUNS = 100_000  # of a sweep; more are a slip of the keyboard, and would be planned for hours
Overrides = tuple[str, ...]
Compose = Callable[[Sequence[str]], DictConfig]


def expand_axes(arguments: Sequence[str], loader: ConfigLoader, compose: Compose) -> list[list[str]]:
    """The overrides of each run: the product of all axes, the last one varying fastest.

    The axes of sweep=<file> come first, then its arms. A key that is typed as well has the typed values.

    Raises UserError if they are more than MOST_RUNS, before any is made.
    """
    chosen = [argument for argument in arguments if argument.startswith(("sweep=", "sweep.arms="))]
    named = compose(chosen).sweep if chosen else SweepConfig(axes={}, arms=[])
    axes_of_overrides = parse_axes(arguments, loader)
    axes = parse_axes([f"{axis}={values}" for axis, values in named.axes.items()], loader)
    all_axes = axes | axes_of_overrides
    each: list[list[Overrides]] = [[(choice,) for choice in choices] for choices in all_axes.values()]
    arms = _expand_arms([parse_axes(shlex.split(text), loader) for text in named.arms], axes_of_overrides)
    each.insert(len(axes), arms or [()])
    refuse_too_many({"sweep.arms": len(arms), **{key: len(choices) for key, choices in all_axes.items()}})
    return [list(itertools.chain(*choices)) for choices in itertools.product(*each)]


def _expand_arms(arms: Sequence[Mapping[str, list[str]]], overridden: Collection[str]) -> list[Overrides]:
    """The settings of each arm that were not typed; several combinations if one of them has several values."""
    for key in overridden:
        if "." not in key and 0 < sum(key in arm for arm in arms) < len(arms):
            raise UserError(
                f"{key}=… would change what this sweep compares: its arms differ by {key}. Leave out sweep=… or {key}=…"
            )
    kept = [[values for key, values in arm.items() if key not in overridden] for arm in arms]
    return [combination for axes in kept for combination in itertools.product(*axes)]


def refuse_too_many(lengths: Mapping[str, int]) -> None:
    """Raise UserError if axes of these lengths make more than MOST_RUNS runs."""
    runs = math.prod(length for length in lengths.values() if length)
    longest = max(lengths, key=lambda key: lengths[key])
    if runs > MOST_RUNS:
        raise UserError(
            f"{longest} has {lengths[longest]} values, and the sweep {runs} runs: at most {MOST_RUNS} are planned. "
            f"Type fewer values of {longest}."
        )


def parse_axes(overrides: Sequence[str], loader: ConfigLoader) -> dict[str, list[str]]:
    """The values of each key, each as an override."""
    axes = {}
    for override in OverridesParser.create(config_loader=loader).parse_overrides(list(overrides)):
        refuse_too_many({override.key_or_group: range_length(override)})
        is_swept = override.is_sweep_override()
        values = override.sweep_string_iterator() if is_swept else [override.get_value_element_as_str()]
        values = [_unescape(str(value)) for value in values]
        if len(set(values)) < len(values):
            raise UserError(f"{override.input_line}: a value stands there twice. Type each value once.")
        # +key and ++key are another way to write the same axis.
        axes[override.key_or_group] = [f"{override.get_key_element()}={value}" for value in values]
    return axes


def range_length(override: Override) -> int:
    """How many values a range has, without making them; 1 for any other override."""
    value = override.value()
    if not isinstance(value, RangeSweep) or value.start is None or value.stop is None:
        return 1
    if value.step == 0:
        raise UserError(f"{override.input_line}: the step of a range must not be 0.")
    return max(0, math.ceil((value.stop - value.start) / value.step))


def _unescape(value: str) -> str:
    """Without the escapes that Hydra adds but does not need: of colons, and of the braces of ${seed}."""
    return re.sub(r"\$\\\{([\w.]+)\\\}", r"${\1}", value.replace(r"\:", ":"))
