"""Damaging files at random. HYPOTHESIS_PROFILE=campaign tries 1,000 cases of each file, the ordinary suite 50."""

import json
import math
import os
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

SLOWEST = timedelta(seconds=20)  # a case; on a busy machine most take milliseconds
PROFILES = {"quick": 50, "campaign": 1_000}
for _name, _examples in PROFILES.items():
    settings.register_profile(
        _name,
        max_examples=_examples,
        deadline=SLOWEST,
        database=None,
        phases=[Phase.generate],  # without a search for the smallest case, which takes minutes
        derandomize=_name == "quick",
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

NUMBERS = st.sampled_from([0, -1, 7, 2**31, 2**63, -(2**70), 10**300, 0.5, -0.5, 1e-320, 1e308, math.nan, math.inf])
TEXTS = st.sampled_from(["", "x", "../../x", "/dev/zero", "./evil.py:run", "evil:run", "evil.run", "os:system"])
ODD_TEXTS = st.sampled_from(["\x00", "\x1b[2J", "\ud800", "a" * 5_000, "{}", "%s%n", "<script>", "\n\n", "=1+1", "ok"])
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, ODD_TEXTS, st.integers(), st.floats(), st.text(max_size=8))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=6,
)
DEPTHS = st.sampled_from([5, 30, 200, 800])  # what json.dumps can still write


@st.composite
def damaged_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """A file that is cut, of which bytes are changed, removed or repeated, or that is another one."""
    kind = draw(st.sampled_from(["cut", "change", "remove", "repeat", "insert", "other"]))
    at = st.integers(0, len(content))
    if kind == "cut":
        return content[: draw(at)]
    if kind == "other":
        return draw(st.binary(max_size=200))
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 5))):
        start = draw(at)
        end = min(start + draw(st.integers(1, 40)), len(changed))
        if kind == "change" and start < len(changed):
            changed[start] = draw(st.integers(0, 255))
        elif kind == "remove":
            del changed[start:end]
        elif kind == "repeat":
            changed[start:start] = changed[start:end]
        elif kind == "insert":
            changed[start:start] = draw(st.binary(max_size=20))
    return bytes(changed)


@st.composite
def damaged_json(draw: st.DrawFn, content: bytes) -> bytes:
    """A JSON file of which one to three values have changed, or its bytes."""
    if draw(st.integers(0, 4)) == 0:
        return draw(damaged_bytes(content))
    values = json.loads(content)
    for _ in range(draw(st.integers(1, 3))):
        values = draw(_changed(values))
    return json.dumps(values).encode()


@st.composite
def _changed(draw: st.DrawFn, values: Any) -> Any:
    """The values with another value somewhere, or without it."""
    if not isinstance(values, dict | list) or not values or draw(st.integers(0, 9)) == 0:
        return draw(_replacement(values))
    keys = list(values) if isinstance(values, dict) else list(range(len(values)))
    key = draw(st.sampled_from(keys))
    changed = dict(values) if isinstance(values, dict) else list(values)
    kind = draw(st.sampled_from(["inside", "inside", "inside", "remove", "add", "repeat"]))
    if kind == "remove":
        del changed[key]
    elif kind == "add" and isinstance(changed, dict):
        changed[draw(st.text(max_size=6))] = draw(VALUES)
    elif kind == "repeat" and isinstance(changed, list):
        changed = changed * draw(st.sampled_from([2, 5]))
    else:
        changed[key] = draw(_changed(values[key]))
    return changed


@st.composite
def _replacement(draw: st.DrawFn, value: Any) -> Any:
    if draw(st.integers(0, 9)) == 0:
        for _ in range(draw(DEPTHS)):
            value = [value]
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and draw(st.booleans()):
        return draw(NUMBERS)
    return draw(VALUES)
