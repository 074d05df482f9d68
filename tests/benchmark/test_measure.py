import pytest

from mnist_exp.benchmark.interleave import Contender
from mnist_exp.benchmark.measure import Row, row_lines, table_row, time_lines
from mnist_exp.benchmark.settings import epoch_config


def row(**changed):
    usual = {"network": "mlp", "batch": 32, "contender": "ours", "seconds": 2.0, "quickest": 1.9, "slowest": 2.5}
    usual |= {"turns": 5, "times_ours": 1.0, "share_of_gemm": 0.25, "threads": 1, "about": "torch 2"}
    return Row(**usual | changed)


def test_lines_are_aligned_and_name_the_share_of_the_peak_rate():
    lines = list(row_lines([row(), row(contender="plain Lightning", times_ours=3.25, share_of_gemm=None)]))
    assert lines == [
        "mlp, batch 32, 1 thread",
        "  ours                 2.00 s (1.90 to 2.50)      1.00   25% of the peak matrix-product rate",
        "  plain Lightning      2.00 s (1.90 to 2.50)      3.25",
    ]


def test_times_ours_is_the_median_of_the_ratios_of_the_turns():
    ours, other = (
        Contender("ours", [], seconds=[1, 2, 10]),
        Contender("plain PyTorch loop", [], {"torch": "2"}, [2, 6, 10]),
    )
    found = table_row(epoch_config("mlp", "mnist5k"), other, ours, 1, 1.5)
    assert (found.times_ours, found.seconds, found.quickest, found.slowest) == (2, 6, 2, 10)
    assert (found.share_of_gemm, found.about) == (0.25, "torch 2")


def test_a_row_without_known_threads_has_no_share():
    ours = Contender("ours", [], seconds=[1, 2, 3])
    assert table_row(epoch_config("mlp", "mnist5k"), ours, ours, 1, None).share_of_gemm is None


@pytest.mark.slow
def test_the_time_of_a_step_is_listed_by_operation():
    heading, *lines = time_lines(epoch_config("cnn", "mnist5k", batch_size=16, threads=1))
    assert heading == "Time of a step of our cnn by operation, forward and backward:"
    assert len(lines) == 8
    shares = [int(line.split("%")[0]) for line in lines]
    assert shares == sorted(shares, reverse=True)
    assert 50 < sum(shares) <= 104  # each is rounded
