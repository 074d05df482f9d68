"""Names of arms that fit beside a chart: shortened where they are alike, so that what differs can be read."""

import json
import re
from collections.abc import Mapping, Sequence

CUT = "…"
FOLDER = re.compile(r"^[^:()]*[/.][^:()]*:(?=.)")  # ./my_act.py: before the name of what is in the file


def short_names(names: Sequence[str], most: int) -> dict[str, str]:
    """Each name in at most so many characters, if these still tell all names apart; else in a few more."""
    distinct = list(dict.fromkeys(names))
    for limit in range(most, max(map(len, distinct), default=0) + 1):
        short = {name: _shorten(name, limit, distinct) for name in distinct}
        if len(set(short.values())) == len(distinct):
            return short
    return {name: name for name in distinct}


def _shorten(name: str, limit: int, names: Sequence[str]) -> str:
    if len(name) <= limit:
        return name
    without_file = FOLDER.sub("", name)
    others = {FOLDER.sub("", other) for other in names if other != name}
    if without_file not in others:
        name = without_file
    if len(name) <= limit:
        return name
    end = _end_that_differs(name, names, limit // 2)
    start = name[: max(limit - len(end) - len(CUT), 1)]
    opening = start.rfind("(") + 1  # options are left out whole
    return (start[:opening] or start) + CUT + end


def _end_that_differs(name: str, names: Sequence[str], longest: int) -> str:
    """The longest end that fits and follows a place up to which another name is the same; without one, a third."""
    places = [match.start() for match in re.finditer(r"(?<=[=:(,])|(?= )", name)]
    shared = [place for place in places if any(other != name and name[:place] in other for other in names)]
    fitting = [name[place:].strip() for place in shared if len(name) - place <= longest]
    return fitting[0] if fitting else name[-longest // 3 * 2 :]


def label_expression(short: Mapping[str, str | list[str]]) -> str:
    """A Vega expression for the labels of an axis of names. A list is written on several lines."""
    changed = {name: text for name, text in short.items() if name != text}
    return f"({json.dumps(changed)})[datum.label] || datum.label" if changed else "datum.label"
