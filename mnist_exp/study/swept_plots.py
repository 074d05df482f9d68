"""Test accuracy, and what the probes measured, against a setting that was swept: learning rate or depth."""

from collections.abc import Callable, Sequence
from statistics import mean

from matplotlib.figure import Figure

from mnist_exp.figures import study_lines
from mnist_exp.figures.study_lines import Lines
from mnist_exp.runs.record import Record
from mnist_exp.study.cells import ok
from mnist_exp.study.inside import DEAD, GRADIENTS, values_by_layer
from mnist_exp.study.swept_settings import HIDDEN, LR, format_settings, hidden_widths, settings_of

Values = dict[str, dict[float, list[float]]]  # line → x → the values of the seeds


def learning_rate_plot(records: Sequence[Record], swept: Sequence[str]) -> Figure:
    """Accuracy and the share of dead units after training, a line for each activation on each network."""
    accuracy, dead = _lines(records, swept, lambda run: run.lr, dead_units_at_the_end)
    return study_lines.against_setting(accuracy, dead, "learning rate", "dead units at the end, %", log=(True, False))


def depth_plot(records: Sequence[Record], swept: Sequence[str]) -> Figure:
    """Accuracy and the gradient of the first layer before training, a line for each activation on each network."""
    accuracy, gradients = _lines(records, swept, lambda run: len(hidden_widths(run)), first_gradient_norm)
    title = "gradient norm of the first layer, first step"
    return study_lines.against_setting(accuracy, gradients, "hidden layers", title, log=(False, True))


def dead_units_at_the_end(run: Record) -> float | None:
    """In percent, mean over the layers; None without probes."""
    dead = values_by_layer(run, DEAD).values()
    return mean(dead) if dead else None


def first_gradient_norm(run: Record) -> float | None:
    """Of the first layer at the first step; None without probes."""
    return next(iter(values_by_layer(run, GRADIENTS).values()), None)


def _lines(
    records: Sequence[Record],
    swept: Sequence[str],
    x_of: Callable[[Record], float],
    probe: Callable[[Record], float | None],
) -> tuple[Lines, Lines]:
    """Means over the seeds by x: of the test accuracy in percent, and of what the probe says."""
    with_data = len({record.data for record in records}) > 1
    accuracy: Values = {}
    probed: Values = {}
    for run in ok(records):
        name = _line_name(run, swept, with_data)
        if run.test_acc is not None:
            accuracy.setdefault(name, {}).setdefault(x_of(run), []).append(100 * run.test_acc)
        if (value := probe(run)) is not None:
            probed.setdefault(name, {}).setdefault(x_of(run), []).append(value)
    return _means(accuracy), _means(probed)


def _line_name(run: Record, swept: Sequence[str], with_data: bool) -> str:
    """Activation and network, then what else sets lines apart: widths of layers, other swept settings, the data set."""
    widths = sorted({str(width) for width in hidden_widths(run)}) if HIDDEN in swept else []
    settings = settings_of(run, swept).items()
    others = [(key.rpartition(".")[2], value) for key, value in settings if key not in (LR, HIDDEN)]
    data = [f"on {run.data}"] if with_data else []
    return " ".join([run.activation or "none", run.model, *widths, *format_settings(others), *data])


def _means(values: Values) -> Lines:
    return {name: {x: mean(of_seeds) for x, of_seeds in sorted(by_x.items())} for name, by_x in values.items()}
