import json
import sys

import pytest

from mnist_exp.benchmark.interleave import Contender, available_contenders, run_in_turns
from mnist_exp.errors import UserError
from tests.factories import config

# Prints its name, then its next number for each line on stdin, and appends its name to a file at each turn.
SCRIPT = """
import json, sys
name, diary, *numbers = sys.argv[1:]
print(json.dumps({"called": name}), flush=True)
for _, number in zip(sys.stdin, numbers):
    open(diary, "a").write(name)
    print(number, flush=True)
raise SystemExit("out of numbers")
"""


def scripted(tmp_path, name, *numbers):
    return Contender(name, [sys.executable, "-c", SCRIPT, name, str(tmp_path / "diary"), *map(str, numbers)])


def test_turns_alternate_and_the_first_does_not_count(tmp_path):
    a, b = scripted(tmp_path, "a", 9, 1, 3, 2), scripted(tmp_path, "b", 9, 4, 5, 6)
    run_in_turns([a, b], 3)
    assert (tmp_path / "diary").read_text() == "abababab"
    assert (a.seconds, b.seconds) == ([1, 3, 2], [4, 5, 6])
    assert (a.median, b.median, a.versions) == (2, 5, {"called": "a"})


def test_a_contender_that_stops_is_named_with_its_last_message(tmp_path):
    with pytest.raises(UserError, match=r"a stopped: out of numbers"):
        run_in_turns([scripted(tmp_path, "a", 1), scripted(tmp_path, "b", 1, 1, 1)], 2)


def test_a_contender_that_cannot_be_started_is_named():
    with pytest.raises(UserError, match="Keras cannot be started"):
        run_in_turns([Contender("Keras", ["/no/such/python"])], 1)


@pytest.mark.slow
def test_keras_and_bf16_take_part_where_they_can(tmp_path):
    small = config("model=softmax", data="mnist5k")
    three = [one.name for one in available_contenders(small, tmp_path, None, None)]
    assert three == ["ours", "plain PyTorch loop", "plain Lightning"]
    contenders = available_contenders(small, tmp_path, "python-with-keras", "bf16-mixed")
    assert [one.name for one in contenders] == [*three, "Keras", "ours, bf16-mixed"]
    assert contenders[3].command[0] == "python-with-keras"
    assert json.loads((tmp_path / "config.json").read_text()) == small.to_dict()
    assert json.loads((tmp_path / "auto.json").read_text())["trainer"]["precision"] == "bf16-mixed"


def test_an_interpreter_without_keras_is_an_error_that_names_keras(tmp_path):
    keras = available_contenders(config("model=softmax", data="mnist5k"), tmp_path, sys.executable, None)[3]
    with pytest.raises(UserError, match=r"Keras stopped: .*No module named 'keras'"):
        run_in_turns([keras], 1)
