"""Test accuracy with a row for each activation and a column for each network, in Markdown and LaTeX."""

from collections.abc import Sequence
from pathlib import Path

from mnist_exp.atomic_files import write_text
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, count_not_ok, natural_order, ok, select_learning_rates
from mnist_exp.study.statistics import accuracy_interval
from mnist_exp.study.swept_settings import LR

NOT_PLANNED = "–"  # softmax regression has no activation
Table = list[list[str]]


def write_summary(folder: Path, records: Sequence[Record], swept: Sequence[str]) -> None:
    """Write summary.md and summary.tex, with a table for each data set."""
    selected, others = select_learning_rates(records, swept)
    by_data: dict[str, dict[Cell, list[Record]]] = {}
    for cell, runs in cells(selected, others).items():
        by_data.setdefault(cell.data, {})[cell] = runs
    note = "; learning rates by validation" if LR in swept and LR not in others else ""
    caption = "Test accuracy on {} in %: mean ± sd over the seeds [95 % interval of the mean]" + note
    for name, form in (("summary.md", markdown), ("summary.tex", latex)):
        tables = [form(summary_table(by_cell), caption.format(data)) for data, by_cell in by_data.items()]
        write_text(folder / name, "\n".join(tables))


def summary_table(by_cell: dict[Cell, list[Record]]) -> Table:
    """Rows of text: activations (and what else was swept) down, networks across."""
    networks = sorted({cell.network for cell in by_cell}, key=natural_order)
    rows: dict[str, dict[str, str]] = {}
    for cell, runs in by_cell.items():
        rows.setdefault(cell.arm, {})[cell.network] = accuracy_text(runs)
    return [["", *networks], *([arm, *(row.get(name, NOT_PLANNED) for name in networks)] for arm, row in rows.items())]


def accuracy_text(runs: Sequence[Record]) -> str:
    """99.27 ± 0.06 [99.20, 99.34], n = 5; or why there is no accuracy."""
    accuracies = [run.test_acc for run in ok(runs) if run.test_acc is not None]
    if not accuracies:
        return count_not_ok(runs)
    n, mean, sd, low, high = accuracy_interval(accuracies).in_percent()
    scatter = "" if sd is None or low is None or high is None else f" ± {sd:.2f} [{low:.2f}, {high:.2f}]"
    not_ok = f" ({count_not_ok(runs)})" if len(ok(runs)) < len(runs) else ""
    return f"{mean:.2f}{scatter}, n = {n}{not_ok}"


def markdown(table: Sequence[Sequence[str]], caption: str) -> str:
    """A table whose first row is its header."""
    head, *body = ["| " + " | ".join(row) + " |" for row in table]
    return "\n".join([caption, "", head, "|---" + "|---:" * (len(table[0]) - 1) + "|", *body, ""])


def latex(table: Sequence[Sequence[str]], caption: str) -> str:
    """The same for \\input in a document that uses the package booktabs."""
    head, *body = [" & ".join(map(_latex_escaped, row)) + r" \\" for row in table]
    columns = "l" + "r" * (len(table[0]) - 1)
    lines = [r"\begin{table}", r"\centering", rf"\caption{{{_latex_escaped(caption)}}}"]
    lines += [rf"\begin{{tabular}}{{{columns}}}"]
    lines += [r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""]
    return "\n".join(lines)


def _latex_escaped(text: str) -> str:
    for plain, escaped in (("_", r"\_"), ("%", r"\%"), ("±", r"$\pm$"), ("–", "--")):
        text = text.replace(plain, escaped)
    return text
