"""The key of a run, the name of its directory, and the digest of the code."""

from dataclasses import replace

import pytest

from mnist_exp.runs import identity
from tests.factories import quick_first


@pytest.mark.parametrize(
    "override",
    quick_first(3, [
        "seed=1", "model.activation=mish", "optimizer.lr=0.004", "data.batch_size=64", "trainer.max_epochs=4",
        "trainer.precision=32-true", "data.augment.shift=1", "loss.label_smoothing=0.1", "data=mnist5k", "model=mlp",
    ]),
)  # fmt: skip
def test_settings_that_decide_the_numbers_change_the_key(plain, override):
    assert identity.key(plain()) != identity.key(plain(override))


@pytest.mark.parametrize(
    "override",
    [
        "data.root=/a",
        "data.fallback=false",
        "trainer.progress_bar=false",
        "trainer.resume_every=0",
        "sweep.reuse=strict",
    ],
)
def test_other_settings_keep_the_key(plain, override):
    assert identity.key(plain()) == identity.key(plain(override))


def test_the_activation_of_a_network_without_one_is_not_part_of_the_key(plain):
    relu, mish = plain("model=softmax"), plain("model=softmax", "model.activation=mish")
    assert identity.key(relu) == identity.key(mish)
    assert identity.run_name(relu) == identity.run_name(mish)


def test_whether_a_network_has_an_activation_is_declared_not_inferred(plain):
    """A network of one's own may have no `hidden` layers and an activation all the same."""
    relu, mish = (plain("model=softmax", f"model.activation={name}") for name in ("relu", "mish"))
    declared = [replace(one, model=replace(one.model, uses_activation=True)) for one in (relu, mish)]
    assert [identity.activation_name(one.model) for one in declared] == ["relu", "mish"]
    assert identity.key(declared[0]) != identity.key(declared[1])


def test_the_key_leaves_the_configuration_unchanged(plain):
    config = plain("model=softmax")
    identity.key(config)
    assert config == plain("model=softmax")


def test_run_names_are_readable(plain):
    name = identity.run_name(plain("model=cnn_deep", "model.activation=mish", "seed=3"))
    assert name.startswith("cnn_deep_mish_seed3_")
    assert identity.run_name(plain("model=softmax")).startswith("softmax_seed0_")


DECIDING_FILES = ("data/code.py", "kernels/code.py", "models/code.py", "training/code.py", "registry.py", "runtime.py")
OTHER_FILES = ("runs/code.py", "study/code.py", "training/progress.py", "training/tensorboard.py")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with the code that decides numbers, and with other code."""
    for name in (*DECIDING_FILES, *OTHER_FILES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("value = 1\n")
    monkeypatch.setattr(identity, "__file__", str(tmp_path / "runs" / "identity.py"))
    return tmp_path


def digest():
    return identity.code_digest.__wrapped__()


@pytest.mark.parametrize("name", DECIDING_FILES)
def test_a_change_of_deciding_code_changes_the_digest(package, name):
    before = digest()
    (package / name).write_text("value = 2\n")
    assert digest() != before


@pytest.mark.parametrize("name", OTHER_FILES)
def test_other_code_does_not_change_the_digest(package, name):
    before = digest()
    (package / name).write_text("value = 2\n")
    assert digest() == before


def test_moved_code_changes_the_digest(package):
    before = digest()
    (package / "models" / "code.py").rename(package / "models" / "other.py")
    assert digest() != before


@pytest.mark.parametrize(
    ("overrides", "key"),
    [
        ("", "6b16f702f763"),
        ("model=softmax data=mnist5k", "0d9547f39f16"),
        ("model=cnn_quick recipe=muon", "de3422987daf"),
        ("experiment=cnn_dropout", "0216677edb93"),
    ],
)
def test_keys_are_those_of_the_version_before_own_code(plain, overrides, key):
    """Recorded with commit b855b6a: sweeps of that version are resumed, not run again."""
    assert identity.key(plain(*overrides.split())) == key


def test_options_of_an_activation_and_metrics_change_the_key(plain):
    changed = [plain("model.activation=elu"), plain("model.activation=elu", "model.activation_options={alpha:2}")]
    changed += [plain("metrics=[F1Score]"), plain("callbacks=[timer]"), plain()]
    assert len({identity.key(config) for config in changed}) == len(changed)
    assert identity.key(plain("logger=[csv]")) == identity.key(plain())


@pytest.mark.slow
def test_the_seed_of_each_source_changes_the_key(plain):
    changed = [plain(f"seeds.{source}=0") for source in ("weights", "order", "noise")]
    changed += [plain(), plain("seeds.noise=1"), plain("data.split_seed=1")]
    assert len({identity.key(config) for config in changed}) == len(changed)
    assert identity.key(plain("seeds.noise=null")) == identity.key(plain())


def test_the_source_of_own_code_is_part_of_the_key(plain):
    config = plain()
    changed = [replace(config, sources={"my_act:Snake": digest}) for digest in ("1", "2")]
    assert len({identity.key(one) for one in [config, *changed]}) == 3
    assert len({identity.without_source(one) for one in [config, *changed]}) == 1
    assert identity.without_source(replace(config, seed=7)) != identity.without_source(config)


def test_names_of_folders_have_no_special_characters(plain):
    config = plain("model=mlp")
    config.model.activation = "./my folder/my_act.py:Snake"
    assert identity.run_name(config).startswith("mlp_my-folder-my_act-Snake_seed0_")


def test_options_are_part_of_the_name_of_an_activation(plain):
    config = plain("model.activation=elu", "model.activation_options={alpha:0.5}")
    assert identity.activation_name(config.model) == "elu(alpha=0.5)"
    assert identity.run_name(config).startswith("cnn_elu-alpha-0-5_seed0_")
