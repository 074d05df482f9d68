import re
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2, metadata

from mnist_exp.figures.style import axes, save
from mnist_exp.study.mean_curves import write_overlay
from tests.factories import grid, record


def trained(activation, seed, *val_accs, **changed):
    return record(activation, seed, history=[{"val_acc": acc} for acc in val_accs], **changed)


def read(folder: Path) -> EventAccumulator:
    found = EventAccumulator(str(folder))
    found.Reload()
    return found


def test_each_activation_is_a_run_with_the_mean_over_its_seeds(tmp_path):
    runs = [trained("relu", 0, 0.5, 0.7), trained("relu", 1, 0.7, 0.8), trained("mish", 0, 0.9)]
    write_overlay(tmp_path, runs, [])
    assert sorted(path.name for path in (tmp_path / "_study").iterdir() if path.is_dir()) == ["mish", "relu"]
    curve = read(tmp_path / "_study" / "relu").Scalars("1 means: cnn/val_acc")
    assert [(point.step, round(point.value, 6)) for point in curve] == [(1, 0.6), (2, 0.75)]


def test_the_layout_has_a_category_for_each_network_whose_charts_name_only_its_curves(tmp_path):
    write_overlay(tmp_path, [trained("relu", 0, 0.5), trained("relu", 0, 0.5, model="cnn_deep")], [])
    (event,) = read(tmp_path / "_study").Tensors(metadata.CONFIG_SUMMARY_TAG)
    layout = layout_pb2.Layout.FromString(event.tensor_proto.string_val[0])
    assert [category.title for category in layout.category] == ["cnn", "cnn_deep"]
    assert layout.category[0].chart[0].title == "validation accuracy"
    (tag,) = layout.category[0].chart[0].multiline.tag
    assert [name for name in ("1 means: cnn/val_acc", "1 means: cnn_deep/val_acc") if re.search(tag, name)] == [
        "1 means: cnn/val_acc"
    ]


def test_nothing_is_written_outside_for_activations_in_other_folders(tmp_path):
    folder, elsewhere = tmp_path / "sweep", tmp_path / "acts:Snake"
    write_overlay(folder, [trained(name, 0, 0.5) for name in (str(elsewhere), "../../acts:Snake", "relu")], [])
    assert [path.name for path in tmp_path.iterdir()] == ["sweep"]
    names = sorted(path.name for path in (folder / "_study").iterdir() if path.is_dir())
    assert len(names) == 3
    assert {"acts-Snake", "relu"} < set(names)


def test_a_later_study_replaces_an_earlier_one(tmp_path):
    write_overlay(tmp_path, [trained("relu", 0, 0.5)], [])
    write_overlay(tmp_path, [trained("mish", 0, 0.5), trained("tanh", 0, status="failed")], [])
    assert [path.name for path in (tmp_path / "_study").iterdir() if path.is_dir()] == ["mish"]


def test_the_curves_of_an_earlier_version_are_removed_but_not_a_sweep(tmp_path):
    for name in ("a/mean/relu", "b/mean/some_run"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "b/mean/some_run/result.json").write_text("{}")
    for name in ("a", "b"):
        write_overlay(tmp_path / name, [trained("relu", 0, 0.5)], [])
    assert [(tmp_path / name / "mean").exists() for name in ("a", "b")] == [False, True]


def test_the_plots_and_the_best_run_of_each_cell_are_images(tmp_path):
    (tmp_path / "figures").mkdir()
    save(axes(1, 1, 2, 1)[0], tmp_path / "figures" / "ranked.png")
    write_overlay(tmp_path, grid(), [])
    assert sorted(read(tmp_path / "_study").Tags()["images"]) == [
        "2 study/ranked",
        "3 best runs: cnn/confusion",
        "3 best runs: mlp/confusion",
    ]


def test_a_sweep_that_is_called_like_the_folder_is_left_alone(tmp_path):
    (tmp_path / "_study" / "some_run").mkdir(parents=True)
    (tmp_path / "_study" / "some_run" / "result.json").write_text("{}")
    write_overlay(tmp_path, [trained("relu", 0, 0.5)], [])
    assert [path.name for path in (tmp_path / "_study").iterdir()] == ["some_run"]
