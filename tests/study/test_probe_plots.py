import pytest

from mnist_exp.runs.files import write_probes
from mnist_exp.study.probe_plots import probe_plots
from tests.factories import record


def test_the_first_and_the_last_step_are_drawn_by_layer(tmp_path):
    runs = [record("relu", seed, run_dir=tmp_path / str(seed)) for seed in (0, 1)]
    for run, norm in zip(runs, (0.1, 0.3), strict=True):
        others = {"activation_mean": 0.0, "activation_sd": 1.0, "saturated": 0.5}
        steps = ((0, norm, 0.0), (100, 9.0, 0.25))
        rows = [{"step": s, "layer": "dense1", "gradient_norm": n, "dead": d, **others} for s, n, d in steps]
        run.run_dir.mkdir()
        write_probes(run.run_dir, rows)
    figures = {name: figure for name, figure, _ in probe_plots({"cnn": {"relu": runs}})}
    assert list(figures) == ["gradients", "dead", "saturated"]
    (gradient,) = figures["gradients"].axes[0].get_lines()
    (dead,) = figures["dead"].axes[0].get_lines()
    assert (list(gradient.get_ydata()), list(dead.get_ydata())) == ([pytest.approx(0.2)], [25])


def test_runs_without_probes_have_no_plots(tmp_path):
    assert list(probe_plots({"cnn": {"relu": [record(run_dir=tmp_path)]}})) == []
