"""Which settings a study's runs differ in, and their values as text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mnist_exp.config.schema import DenseConfig
from mnist_exp.runs.identity import deciding_settings
from mnist_exp.runs.record import Record

LR, HIDDEN = "optimizer.lr", "model.hidden"
RECIPE = "recipe"  # a group of settings with a name
GROUPS = ("optimizer", "schedule")  # sections whose settings depend on the choice of a file
TARGET = "model._target_"
IN_COLUMNS = ("sources.", "model.activation_options")  # parts of what data, network and activation are
ABSENT = "None"  # a setting that a network, or an older version, does not have
# Settings that have a column of their own; an activation is None where the network uses none.
COLUMNS = ("seed", "data.name", "model.name", "model.activation", "model.uses_activation")
# Seeds of single sources of randomness. Where they equal the run's own seed, they are no other setting.
SEEDS = ("data.split_seed", "seeds.weights", "seeds.order", "seeds.noise")
# Keys in the overrides of earlier versions, and what they are called now.
RENAMED = {"optimizer.name": "optimizer", "schedule.name": "schedule"}
Settings = dict[str, str]


def hidden_widths(record: Record) -> list[int]:
    """The widths of a built-in network's dense hidden layers; none for a network of the user's own."""
    model = record.config.model
    return model.hidden if isinstance(model, DenseConfig) else []


def network_label(record: Record) -> str:
    """The published setup that a run repeats, or its network's own name."""
    return record.experiment or record.model


def swept_keys(records: Iterable[Record]) -> list[str]:
    """The settings, apart from activation and seed, in which runs of one network on one data set differ.

    A choice of a recipe, optimizer or schedule stands for the settings that follow from it. These are listed only
    where they differ under the same choice, or where somebody typed them.
    """
    records = list(records)
    all_settings = [all_settings_of(record) for record in records]
    networks = [(record.data, network_label(record)) for record in records]
    typed = {RECIPE}.union(*(overrides_by_key(record) for record in records))
    keys = {
        key
        for key in set().union(*all_settings)
        if _differs(key, all_settings, [(*n, *_choices(key, s)) for n, s in zip(networks, all_settings, strict=True)])
        or (key in typed and _differs(key, all_settings, networks))
    }
    if any(key.startswith("model.") for key in keys - {TARGET}):
        keys.discard(TARGET)  # the network differs anyway
    seeds = [str(record.seed) for record in records]
    return sorted(key for key in keys if key not in SEEDS or not _follows_seed(key, all_settings, seeds))


def _follows_seed(key: str, all_settings: Sequence[Settings], seeds: Sequence[str]) -> bool:
    """Whether a source's seed is the run's own in all runs, as with data.split_seed=${seed}."""
    return all(settings.get(key, ABSENT) in (ABSENT, seed) for settings, seed in zip(all_settings, seeds, strict=True))


def _choices(key: str, settings: Mapping[str, str]) -> tuple[str, ...]:
    """The choices that a setting may follow from: that of a recipe and, inside a group's section, that of the group."""
    if key == RECIPE:
        return ()
    section, dot, _ = key.partition(".")
    return settings[RECIPE], settings[section] if dot and section in GROUPS else ""


def _differs(key: str, all_settings: Sequence[Settings], groups: Sequence[tuple[str, ...]]) -> bool:
    """Whether runs of one group have several values of a setting."""
    values: dict[tuple[str, ...], set[str]] = {}
    for settings, group in zip(all_settings, groups, strict=True):
        values.setdefault(group, set()).add(settings.get(key, ABSENT))
    return any(len(of_group) > 1 for of_group in values.values())


def all_settings_of(record: Record) -> Settings:
    """Every setting that decides a run's numbers and has no column of its own, as text by its full key."""
    flat = {RENAMED.get(key, key): _as_text(value) for key, value in _flatten(deciding_settings(record.config))}
    settings = {key: value for key, value in flat.items() if key not in COLUMNS and not key.startswith(IN_COLUMNS)}
    return settings | {RECIPE: overrides_by_key(record).get(RECIPE, ABSENT)}


def settings_of(record: Record, keys: Sequence[str]) -> Settings:
    """Some of them; ABSENT for what a network does not have."""
    settings = all_settings_of(record) if keys else {}
    return {key: settings.get(key, ABSENT) for key in keys}


def overrides_by_key(record: Record) -> Settings:
    """What was typed for a run, by today's keys. recipe=null is the same as no recipe."""
    pairs = [override.lstrip("+").split("=", 1) for override in record.overrides if "=" in override]
    typed = {_todays_key(key): value for key, value in pairs}
    return {key: value for key, value in typed.items() if (key, value) != (RECIPE, "null")}


def _todays_key(key: str) -> str:
    section, dot, rest = key.partition(".")
    return f"diagnostics.{rest}" if dot and section == "look" else RENAMED.get(key, key)


def format_settings(settings: Iterable[tuple[str, str]]) -> list[str]:
    """["optimizer.lr=0.003"], without settings that are absent."""
    return [f"{key}={value}" for key, value in settings if value != ABSENT]


def _flatten(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(node, dict):
        yield path, node
        return
    for name, value in node.items():
        yield from _flatten(value, f"{path}.{name}" if path else name)


def _as_text(value: Any) -> str:
    """A list that repeats one number is written as 12×100."""
    if isinstance(value, list) and len(value) > 1 and len(set(map(str, value))) == 1:
        return f"{len(value)}×{value[0]}"
    return str(value)
