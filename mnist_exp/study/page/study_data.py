"""What the charts and tables of a page are made of: runs by network and arm, means with intervals, groups of runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from mnist_exp.runs.chance import did_not_learn
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import Cell, cells, count_not_ok, ok, select_learning_rates
from mnist_exp.study.comparison import Comparison
from mnist_exp.study.csv_tables import command
from mnist_exp.study.images import CorrectAnswers, accuracy_over_images
from mnist_exp.study.plots import RunsByArm, group_runs, network_name
from mnist_exp.study.statistics import accuracy_interval


@dataclass
class RunGroups:
    """Groups of rows of the table of runs: what a click on a point shows."""

    records: Sequence[Record]
    labels: list[str] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._row_of = {id(record): row for row, record in enumerate(self.records)}

    def add(self, label: str, runs: Sequence[Record]) -> int:
        """The number of a new group."""
        self.labels.append(label)
        self.rows.append(self.rows_of(runs))
        return len(self.labels) - 1

    def rows_of(self, runs: Sequence[Record]) -> list[int]:
        """The rows of these runs."""
        return [self._row_of[id(run)] for run in runs]


@dataclass(frozen=True)
class ArmMean:
    """The test accuracy of an arm on a network in percent, and what it costs."""

    network: str
    arm: str
    n: int
    mean: float
    low: float | None  # of the 95 % interval over seeds, on these test images
    high: float | None
    low_images: float | None  # of that over seeds and images like these
    high_images: float | None
    seconds: float | None  # of training, median over the seeds
    parameters: int | None
    at_chance: int  # runs that did not learn
    group: int
    command: str


@dataclass(frozen=True)
class StudyData:
    """The runs of a study as the page needs them, each cell at its best learning rate."""

    records: Sequence[Record]
    swept: Sequence[str]
    others: Sequence[str]  # the swept settings that still differ between the selected runs
    selected: Sequence[Record]
    by_cell: dict[Cell, list[Record]]  # of the selected runs
    networks: dict[str, RunsByArm]
    comparisons: Sequence[Comparison]
    groups: RunGroups
    group_of: dict[str, dict[str, int]]  # network → arm → group
    group_of_cell: dict[Cell, int]
    means: dict[str, list[ArmMean]]  # by network, highest first
    without_results: dict[str, dict[str, str]]  # network → arm → 3 diverged, 1 missing

    @property
    def activations(self) -> dict[str, str | None]:
        """The activation of each arm."""
        runs = {arm: runs for by_arm in self.networks.values() for arm, runs in by_arm.items()}
        return {arm: found[0].activation for arm, found in runs.items()}

    @property
    def comparable(self) -> list[str]:
        """The networks with several arms; all of them if there are none."""
        return [name for name, by_arm in self.networks.items() if len(by_arm) > 1] or list(self.networks)

    def cell_of_pair(self, pair: Comparison, activation: str) -> Cell:
        """The cell of one of a pair's activations."""
        return Cell(pair.data, pair.model, tuple(pair.settings.items()), activation)

    def learned(self, pair: Comparison) -> bool:
        """Whether every run of both activations learned."""
        runs = [run for name in (pair.a, pair.b) for run in self.by_cell.get(self.cell_of_pair(pair, name), [])]
        return not any(did_not_learn(run) for run in ok(runs))


def study_data(
    records: Sequence[Record],
    swept: Sequence[str],
    comparisons: Sequence[Comparison],
    all_runs: Sequence[Record] | None = None,
) -> StudyData:
    """The data of a page, whose table of runs has `all_runs` if there are more than are compared."""
    selected, others = select_learning_rates(records, swept)
    by_cell = cells(selected, others)
    answers = CorrectAnswers.read(selected)
    networks = group_runs(by_cell)
    groups = RunGroups(all_runs or records)
    group_of = {
        network: {arm: groups.add(f"{network}, {arm}", runs) for arm, runs in by_arm.items()}
        for network, by_arm in networks.items()
    }
    number_of = {tuple(rows): number for number, rows in enumerate(groups.rows)}
    finished = {cell: tuple(groups.rows_of(ok(runs))) for cell, runs in by_cell.items()}
    group_of_cell = {cell: number_of[rows] for cell, rows in finished.items() if rows in number_of}
    means = {network: _means(network, by_arm, group_of[network], answers) for network, by_arm in networks.items()}
    lost = _without_results(by_cell)
    return StudyData(
        records, swept, others, selected, by_cell, networks, comparisons, groups, group_of, group_of_cell, means, lost
    )


def _without_results(by_cell: Mapping[Cell, Sequence[Record]]) -> dict[str, dict[str, str]]:
    """Of the arms that have no run with a test accuracy: how their runs ended."""
    with_data = len({cell.data for cell in by_cell}) > 1
    found: dict[str, dict[str, str]] = {}
    for cell, runs in by_cell.items():
        if all(run.test_acc is None for run in ok(runs)):
            found.setdefault(network_name(cell, with_data), {})[cell.arm] = count_not_ok(runs) or "no test accuracy"
    return found


def _means(network: str, by_arm: RunsByArm, groups: Mapping[str, int], answers: CorrectAnswers) -> list[ArmMean]:
    tested = {arm: [run for run in runs if run.test_acc is not None] for arm, runs in by_arm.items()}
    means = [_arm_mean(network, arm, runs, groups[arm], answers) for arm, runs in tested.items() if runs]
    return sorted(means, key=lambda mean: -mean.mean)


def _arm_mean(network: str, arm: str, runs: Sequence[Record], group: int, answers: CorrectAnswers) -> ArmMean:
    accuracies = [run.test_acc for run in runs if run.test_acc is not None]
    found = accuracy_interval(accuracies).in_percent()
    correct = answers.of(runs)
    over_images = None if correct is None else accuracy_over_images(correct, accuracies)
    low_images, high_images = (None, None) if over_images is None else (100 * value for value in over_images)
    seconds = [run.train_seconds for run in runs if run.train_seconds is not None]
    return ArmMean(
        network,
        arm,
        found.n,
        found.mean,
        found.low,
        found.high,
        low_images,
        high_images,
        median(seconds) if seconds else None,
        runs[0].parameters,
        sum(map(did_not_learn, runs)),
        group,
        command(runs),
    )
