"""What is typed for a sweep, and what its file in sweep/ adds: the overrides of each run."""

import itertools
import re
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig

from mnist_exp.config.schema import SweepConfig
from mnist_exp.errors import UserError

Overrides = tuple[str, ...]
Compose = Callable[[Sequence[str]], DictConfig]


def expand_axes(arguments: Sequence[str], loader: ConfigLoader, compose: Compose) -> list[list[str]]:
    """The overrides of each run: the product of all axes, the last one varying fastest.

    The axes of sweep=<file> come first, then its arms. A key that is typed as well has the typed values.
    """
    chosen = [argument for argument in arguments if argument.startswith(("sweep=", "sweep.arms="))]
    named = compose(chosen).sweep if chosen else SweepConfig(axes={}, arms=[])
    axes_of_overrides = parse_axes(arguments, loader)
    axes = parse_axes([f"{axis}={values}" for axis, values in named.axes.items()], loader)
    each: list[list[Overrides]] = [[(choice,) for choice in choices] for choices in (axes | axes_of_overrides).values()]
    arms = _expand_arms([parse_axes(shlex.split(text), loader) for text in named.arms], axes_of_overrides)
    each.insert(len(axes), arms or [()])
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


def parse_axes(overrides: Sequence[str], loader: ConfigLoader) -> dict[str, list[str]]:
    """The values of each key, each as an override."""
    axes = {}
    for override in OverridesParser.create(config_loader=loader).parse_overrides(list(overrides)):
        is_swept = override.is_sweep_override()
        values = override.sweep_string_iterator() if is_swept else [override.get_value_element_as_str()]
        values = [_unescape(str(value)) for value in values]
        # +key and ++key are another way to write the same axis.
        axes[override.key_or_group] = [f"{override.get_key_element()}={value}" for value in values]
    return axes


def _unescape(value: str) -> str:
    """Without the escapes that Hydra adds but does not need: of colons, and of the braces of ${seed}."""
    return re.sub(r"\$\\\{([\w.]+)\\\}", r"${\1}", value.replace(r"\:", ":"))
