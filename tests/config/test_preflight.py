import pytest

from mnist_exp import names
from mnist_exp.config import compose
from mnist_exp.config.preflight import BeforeSingleRun, check_sizes, settle
from mnist_exp.data.datasets import DATASETS
from mnist_exp.errors import Stop, UserError


def test_what_can_be_had_is_left_as_it_was_typed(composed, monkeypatch):
    monkeypatch.setattr("mnist_exp.config.preflight.find_or_download", lambda name, *_: name)
    one = composed()
    assert settle(one, ["seed=1"], pytest.fail) == (one, ["seed=1"])


def test_falling_back_is_as_if_mnist5k_had_been_typed(composed, fallen_back):
    fallen_back()
    settled, typed = settle(composed("data=mnist", "seed=1"), ["data=mnist", "seed=1"], lambda o: composed(*o))
    assert typed == ["seed=1", "data=mnist5k"]
    assert compose.typed(settled) == compose.typed(composed("data=mnist5k", "seed=1"))


def test_a_bad_single_run_is_stopped_with_its_reason(composed):
    with pytest.raises(Stop) as stopped:
        BeforeSingleRun().on_run_start(composed("trainer.max_epochs=0"))
    assert str(stopped.value.reason) == "trainer.max_epochs=0: must be at least 1."


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("data.val_size=60000", "data.val_size=60000: must leave something of mnist's 60000 to train on."),
        ("data.batch_size=55001", "data.batch_size=55001: must be at most 55000, the training images of mnist"),
        ("data=mnist5k data.batch_size=3501", "data.batch_size=3501: must be at most 3500"),
        ("data=mnist5k data.batch_size=3499 model.batch_norm=true", "data.batch_size=3499: leaves a last batch of one"),
        ("data.val_size=0 trainer.early_stopping=2", "trainer.early_stopping needs a validation set to watch"),
    ],
)
def test_what_the_set_is_too_small_for_is_refused(composed, typed, line):
    with pytest.raises(UserError) as refused:
        check_sizes(composed(*typed.split()))
    assert str(refused.value).startswith(line)


def test_sizes_are_known_for_all_data():
    assert list(DATASETS) == list(names.DataName.__members__)
