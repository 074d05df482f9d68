"""The summary as one reads it: test accuracy, activations down, networks across, in Markdown and LaTeX."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from mnist_exp.runs.record import Record
from mnist_exp.study.cells import LR, Cell, at_best_rate, cells, lost, natural, ok
from mnist_exp.study.statistics import interval

ABSENT = "–"  # never planned: softmax regression has no activation


def write_pivots(folder: Path, results: Sequence[Record], swept: Sequence[str]) -> None:
    """summary.md and summary.tex, a table for each set of data."""
    settled, others = at_best_rate(results, swept)
    found = cells(settled, others)
    tables = {
        data: pivot({c: runs for c, runs in found.items() if c.data == data}, others)
        for data in _unique(c.data for c in found)
    }
    note = "; learning rates by validation" if LR in swept and LR not in others else ""
    caption = "Test accuracy on {} in %: mean ± sd over the seeds [95 % interval of the mean]" + note
    for name, form in (("summary.md", markdown), ("summary.tex", latex)):
        text = "\n".join(form(table, caption.format(data)) for data, table in tables.items())
        (folder / name).write_text(text)


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def pivot(found: dict[Cell, list[Record]], swept: Sequence[str]) -> list[list[str]]:
    """Rows of text: activations (and what else was swept) down, networks across."""
    models = sorted({cell.network(swept) for cell in found}, key=natural)
    table: dict[str, dict[str, str]] = {}
    for cell, runs in found.items():
        table.setdefault(cell.arm(swept), {})[cell.network(swept)] = entry(runs)
    return [["", *models], *([label, *(row.get(m, ABSENT) for m in models)] for label, row in table.items())]


def entry(runs: Sequence[Record]) -> str:
    """99.27 ± 0.06 [99.20, 99.34], n = 5; or why there is no figure."""
    finished = ok(runs)
    if not finished:
        return lost(runs)
    n, mean, sd, low, high = interval([100 * r["test_acc"] for r in finished])
    spread = "" if sd is None or low is None or high is None else f" ± {sd:.2f} [{low:.2f}, {high:.2f}]"
    gone = f" ({lost(runs)})" if len(finished) < len(runs) else ""
    return f"{mean:.2f}{spread}, n = {n}{gone}"


def markdown(table: Sequence[Sequence[str]], caption: str) -> str:
    head, *body = ["| " + " | ".join(row) + " |" for row in table]
    return "\n".join([caption, "", head, "|---" + "|---:" * (len(table[0]) - 1) + "|", *body, ""])


def latex(table: Sequence[Sequence[str]], caption: str) -> str:
    """For \\input in a document that uses the package booktabs."""
    head, *body = [" & ".join(map(_escaped, row)) + r" \\" for row in table]
    columns = "l" + "r" * (len(table[0]) - 1)
    lines = [r"\begin{table}", r"\centering", rf"\caption{{{_escaped(caption)}}}", rf"\begin{{tabular}}{{{columns}}}"]
    lines += [r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    for plain, escaped in (("_", r"\_"), ("%", r"\%"), ("±", r"$\pm$"), ("–", "--")):
        text = text.replace(plain, escaped)
    return text
