"""The time per epoch with each activation, from the seconds of contenders that print what they are given."""

import csv
import sys

import pytest

from mnist_exp.benchmark import activations
from mnist_exp.benchmark.interleave import Contender

SECONDS = {"relu": (9.0, 1.0, 2.0, 4.0), "swish": (9.0, 1.5, 2.0, 10.0), "snake": (9.0, 3.0, 6.0, 12.0)}
SCRIPT = """
import sys
print("{}", flush=True)
for seconds in sys.argv[1:]:
    sys.stdin.readline()
    print(seconds, flush=True)
"""


@pytest.fixture
def contenders(monkeypatch, tmp_path):
    def contender(activation, *_):
        return Contender(activation, [sys.executable, "-c", SCRIPT, *map(str, SECONDS[activation])])

    monkeypatch.setattr(activations, "contender", contender)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("contenders")
def test_the_ratio_is_the_median_of_the_ratios_of_the_turns(tmp_path, capsys):
    activations.main(["snake", "swish", "--turns", "3"])
    with (tmp_path / activations.OUTPUT_DIR / "activation_epochs.csv").open() as file:
        rows = {row["activation"]: row for row in csv.DictReader(file)}
    # By hand: 3/1, 6/2, 12/4 and 1.5/1, 2/2, 10/4; the first turn does not count.
    assert [float(rows["snake"][key]) for key in ("times_relu", "lowest", "highest")] == [3, 3, 3]
    assert [float(rows["swish"][key]) for key in ("times_relu", "lowest", "highest")] == [1.5, 1, 2.5]
    assert (rows["snake"]["learned"], rows["swish"]["learned"]) == ("True", "False")
    printed = capsys.readouterr().out
    assert printed.index("swish", printed.index("Fastest first")) < printed.rindex("snake")


@pytest.mark.usefixtures("contenders")
def test_an_unknown_activation_is_refused_with_the_nearest_name():
    with pytest.raises(SystemExit, match=r"^Error: Activation 'snak' is unknown"):
        activations.main(["swish", "snak"])
