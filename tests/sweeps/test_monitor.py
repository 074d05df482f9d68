"""What a sweep prints while it runs."""

import io
import re
import time
from dataclasses import replace
from types import SimpleNamespace

from mnist_exp.runs.files import write_record
from mnist_exp.sweeps import monitor
from mnist_exp.sweeps.monitor import Monitor, Screen, describe_run, varying_keys
from tests.factories import record


def jobs(*names):
    return [SimpleNamespace(name=name, record=record("mish", 1), overrides=()) for name in names]


def end_run(run_dir, seconds=14.4, **changed):
    run_dir.mkdir()
    write_record(run_dir, record("mish", 1, total_seconds=seconds, **changed))


def test_a_line_has_the_run_and_its_outcome():
    ended = record("mish", 1, val=0.9912, total_seconds=14.4)
    assert describe_run(ended) == "cnn mish seed 1 · val 99.12 % · 14 s"
    assert describe_run(replace(ended, val_acc=None, test_acc=0.5)) == "cnn mish seed 1 · test 50.00 % · 14 s"
    diverged = replace(ended, status="diverged", val_acc=None, error="diverged: no number")
    assert describe_run(diverged) == "cnn mish seed 1 · diverged: no number · 14 s"
    assert describe_run(record(model="softmax", seed=1)).startswith("softmax seed 1 · ")


def test_a_line_says_that_a_run_did_not_learn():
    ended = record("mish", 1, val=0.1123, test=0.1135, total_seconds=14.4)
    assert describe_run(ended) == "cnn mish seed 1 · val 11.23 % · did not learn · 14 s"


def test_each_run_is_printed_once_with_the_time_that_is_left(tmp_path, monkeypatch):
    clock = iter([0.0, 14.4, 28.8])
    monkeypatch.setattr(monitor.time, "perf_counter", lambda: next(clock))
    out = io.StringIO()
    running = Monitor(tmp_path, jobs("a", "b", "c"), reused=2, out=out)
    end_run(tmp_path / "b", val=0.5)
    running.update()
    running.update()
    end_run(tmp_path / "a", val=0.6)
    running.update()
    assert out.getvalue().splitlines() == [
        "[3/5] cnn mish seed 1 · val 50.00 % · 14 s · 29 s left",
        "[4/5] cnn mish seed 1 · val 60.00 % · 14 s · 14 s left",
    ]


def test_the_time_left_follows_runs_of_the_same_kind_and_how_many_run_at_once(tmp_path, monkeypatch):
    """A dense run took 2 s, a convolutional one 20; two at a time these 22 took 11 s: 10 for another of the second."""
    clock = iter([0.0, 11.0, 11.0])
    monkeypatch.setattr(monitor.time, "perf_counter", lambda: next(clock))
    out = io.StringIO()
    running = Monitor(tmp_path, jobs("dense", "conv", "conv2"), reused=0, out=out)
    end_run(tmp_path / "dense", seconds=2, model="mlp")
    end_run(tmp_path / "conv", seconds=20)
    running.update()
    assert out.getvalue().splitlines()[1].endswith(" · 10 s left")


def test_a_line_names_the_other_settings_that_vary():
    runs = [
        SimpleNamespace(overrides=("model=mlp", f"optimizer.lr={lr}", "trainer.max_epochs=1", f"seed={seed}"))
        for lr in (0.1, 0.2)
        for seed in (0, 1)
    ]
    assert varying_keys(runs) == {"optimizer.lr"}
    by_recipe = SimpleNamespace(overrides=("model=mlp", "recipe=muon", "optimizer.lr=0.1", "trainer.max_epochs=1"))
    assert varying_keys([*runs, by_recipe]) == {"optimizer.lr", "recipe"}
    ended = record("mish", 1, val=0.5, total_seconds=1.0)
    assert describe_run(ended, ["optimizer.lr=0.1"]) == "cnn mish optimizer.lr=0.1 seed 1 · val 50.00 % · 1 s"


def test_it_polls_and_updates_once_more_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(monitor, "POLL_SECONDS", 0.01)
    out = io.StringIO()
    with Monitor(tmp_path, jobs("a", "b"), reused=0, out=out):
        end_run(tmp_path / "a", val=0.5)
        deadline = time.monotonic() + 5
        while not out.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert out.getvalue().startswith("[1/2] ")
        monkeypatch.setattr(monitor, "POLL_SECONDS", 60)
        end_run(tmp_path / "b", val=0.5)
    assert "\n[2/2] " in out.getvalue()


def test_runs_that_end_together_are_all_counted_before_the_time_is_estimated(tmp_path, monkeypatch):
    """Two of four at once, 60 s each: 60 s more, not 120."""
    clock = iter([0.0, 60.0, 60.0])
    monkeypatch.setattr(monitor.time, "perf_counter", lambda: next(clock))
    out = io.StringIO()
    running = Monitor(tmp_path, jobs(*"abcd"), reused=0, out=out)
    end_run(tmp_path / "a", seconds=60)
    end_run(tmp_path / "b", seconds=60)
    running.update()
    assert [text.rsplit(" · ", 1)[1] for text in out.getvalue().splitlines()] == ["60 s left", "60 s left"]


class Terminal(io.StringIO):
    """Shows what a terminal does with the escape codes it is sent: cursor up, clear from here on."""

    def isatty(self):
        return True

    def screen(self):
        lines = [""]
        for part in re.split(r"(\x1b\[\d*[AJ]|\n|\r)", self.getvalue()):
            if up := re.fullmatch(r"\x1b\[(\d+)A", part):
                lines = lines[: -int(up[1])]  # all that is sent after it is a clear
            elif part == "\x1b[J":
                lines[-1] = ""
            elif part == "\n":
                lines.append("")
            elif part != "\r":
                lines[-1] += part
        return lines


def test_on_a_terminal_the_leaderboard_is_below_the_lines_and_removed_at_the_end(tmp_path):
    out = Terminal()
    with Monitor(tmp_path, jobs("a", "b", "c"), reused=0, out=out) as running:
        for name in "ab":
            end_run(tmp_path / name)
            running.update()
        shown = out.screen()
        assert [text[:6] for text in shown[:4]] == ["[1/3] ", "[2/3] ", "", "Leader"]
        assert sum("Leaderboard" in text for text in shown) == 1
    assert [text[:6] for text in out.screen()] == ["[1/3] ", "[2/3] ", ""]


def test_a_block_is_cut_to_the_terminal(monkeypatch):
    monkeypatch.setattr(monitor.shutil, "get_terminal_size", lambda *_, **__: (10, 6))
    out = Terminal()
    Screen(out).draw_block("\n".join("x" * 50 for _ in range(50)))
    assert out.getvalue() == "\n" + "xxxxxxxxx\n" * 2
