"""Writes report.html."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_exp.html_page import script_json
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import cells
from mnist_exp.study.comparison import Comparison
from mnist_exp.study.mistakes import find_mistakes
from mnist_exp.study.page.answer import answer
from mnist_exp.study.page.association_chart import association_chart
from mnist_exp.study.page.bundle import vega_scripts
from mnist_exp.study.page.chart import Chart
from mnist_exp.study.page.colours import ArmStyle, arm_styles
from mnist_exp.study.page.confusion import confusions
from mnist_exp.study.page.cost_chart import cost_chart
from mnist_exp.study.page.curve_charts import curve_charts
from mnist_exp.study.page.flow_charts import flow_charts
from mnist_exp.study.page.inside_charts import inside_charts
from mnist_exp.study.page.learned_charts import learned_charts
from mnist_exp.study.page.means_chart import means_chart
from mnist_exp.study.page.mistake_rows import mistake_rows
from mnist_exp.study.page.next_step import next_step
from mnist_exp.study.page.pairs_chart import pairs_chart
from mnist_exp.study.page.provenance import facts, protocol
from mnist_exp.study.page.question import question
from mnist_exp.study.page.ranking_chart import ranking_chart
from mnist_exp.study.page.render import PAGE, render
from mnist_exp.study.page.run_table import columns, run_rows
from mnist_exp.study.page.study_data import StudyData, study_data
from mnist_exp.study.page.swept_charts import swept_charts
from mnist_exp.study.page.variance_chart import variance_chart
from mnist_exp.study.ranking import Ranking
from mnist_exp.study.swept_settings import HIDDEN, LR, swept_keys
from mnist_exp.study.variance import Variance

WARNINGS = "Warnings"
MINUS = re.compile(r"(?<![\w.-])-(?=\d)")  # a hyphen in front of a number
PANELS_IN_A_ROW, AROUND_A_PANEL, ROOM = 3, 75, 430  # pixels, on a laptop

Paragraph = tuple[str, list[str]]  # a heading and its lines


@dataclass(frozen=True)
class Section:
    """A part of the page with charts."""

    key: str
    title: str
    charts: list[Chart]


def write_page(
    folder: Path,
    records: Sequence[Record],
    swept: Sequence[str],
    comparisons: Sequence[Comparison],
    verdicts: str,
    ranking: Ranking | None = None,
    variance: Variance | None = None,
    all_runs: Sequence[Record] | None = None,
) -> None:
    """Write the page of a study into a folder. `all_runs` are those of its table of runs, if there are more."""
    shown, keys = (records, swept) if all_runs is None else (all_runs, swept_keys(all_runs))
    data = study_data(records, swept, comparisons, shown)
    styles = arm_styles(_activations(data, variance))
    first = means_chart(data, styles)
    sections = _sections(data, styles, ranking, variance)
    charts = [first, *(chart for section in sections for chart in section.charts)]
    runs = run_rows(shown, keys, folder)
    render(
        PAGE,
        folder,
        question=question(records, swept),
        answer=answer(data, ranking),
        first=first,
        beside=is_tall(first),
        next_step=next_step(data, folder),
        verdicts=paragraphs(MINUS.sub("−", verdicts)),
        sections=sections,
        mistakes=mistake_rows(find_mistakes(data.networks)),
        confusions=confusions(records, swept),
        columns=columns(keys),
        runs=runs,
        not_ok=[run for run in runs if run.status != "ok"],
        facts=facts(shown),
        protocol=protocol(comparisons),
        styles=styles,
        specs=script_json({chart.key: [panel.spec for panel in chart.panels] for chart in charts}),
        groups=script_json({"labels": data.groups.labels, "rows": data.groups.rows}),
        vega=vega_scripts(),
    )


def is_tall(first: Chart) -> bool:
    """Whether the first chart fills a screen, so that what follows it belongs beside it."""
    rows = -(-len(first.panels) // PANELS_IN_A_ROW)
    return rows * max((panel.spec["height"] + AROUND_A_PANEL for panel in first.panels), default=0) > ROOM


def _activations(data: StudyData, variance: Variance | None) -> dict[str, str | None]:
    """The activation of every arm on the page."""
    of_variance: dict[str, Any] = {arm.cell.arm: arm.cell.activation for arm in variance.arms} if variance else {}
    keys = [key for key in data.swept if key not in (LR, HIDDEN)]
    of_swept = {cell.arm: cell.activation for cell in cells(data.records, keys)}
    return data.activations | of_variance | of_swept


def _sections(
    data: StudyData, styles: Sequence[ArmStyle], ranking: Ranking | None, variance: Variance | None
) -> list[Section]:
    """The sections that have charts, in the order of the page."""
    pairs = [pairs_chart(data)] if data.comparisons else []
    ranked = [ranking_chart(ranking, styles)] if ranking else []
    cost = cost_chart(data, styles)
    associated = association_chart(data)
    spread = variance_chart(variance, styles) if variance else None
    found = [
        Section("pairs", "Pairs and their verdicts", pairs),
        Section("ranking", "Ranking", ranked),
        Section("cost", "What it costs", [cost] if cost else []),
        Section("curves", "Learning curves", list(curve_charts(data, styles))),
        Section("settings", "Settings that were swept", [*swept_charts(data, styles), *([spread] if spread else [])]),
        Section(
            "inside",
            "Inside the network",
            [*inside_charts(data, styles), *flow_charts(data, styles), *learned_charts(data, styles)],
        ),
        Section("why", "What goes with accuracy", [associated] if associated else []),
    ]
    return [section for section in found if section.charts]


def paragraphs(text: str) -> list[Paragraph]:
    """A heading for each line that is not indented, with the indented lines below it.

    What follows the heading's first colon is a line too. Warnings begin with an exclamation mark.
    """
    found: list[Paragraph] = []
    for line in text.splitlines():
        if line.startswith(" ") and found:
            found[-1][1].append(line.strip())
            continue
        titled = f"{WARNINGS}: {line[2:]}" if line.startswith("! ") else line
        heading, _, rest = titled.partition(": ")
        found.append((heading.removesuffix(":"), [rest] if rest else []))
    return found
