import pytest
import torch
from torch import nn

from mnist_exp.training.tensorboard import final_metrics, layer_graph, report_table, sprites
from tests.factories import VEHICLES, record


def test_the_graph_has_the_layers_and_their_connections():
    network = nn.Sequential()
    network.add_module("dense1", nn.Linear(4, 3))
    network.add_module("dense1_act", nn.ReLU())
    first, second = layer_graph(network, torch.zeros(1, 4)).node
    assert (first.name, first.op, list(first.input)) == ("dense1", "Linear", [])
    assert (second.name, second.op, list(second.input)) == ("dense1_act", "ReLU", ["dense1"])
    assert first.attr["weight"].s.decode() == "3×4"


def test_the_report_has_a_row_per_class():
    per_class = {"precision": [0.5] * 10, "recall": [0.25] * 10, "f1": [1 / 3] * 10, "support": list(range(10))}
    classes = [*map(str, range(8)), "T-shirt/top", "a|b"]
    lines = report_table(per_class, classes).splitlines()
    assert lines[0] == "| class | precision | recall | F1 | support |"
    assert lines[2 + 7] == "| 7 | 0.5000 | 0.2500 | 0.3333 | 7 |"
    assert lines[2 + 8] == "| T-shirt/top | 0.5000 | 0.2500 | 0.3333 | 8 |"
    assert lines[2 + 9].startswith("| a&#124;b | ")  # a bar would start another column
    assert len(lines) == 12


def test_final_metrics_are_those_that_exist():
    ended = record(val=None, metrics={"val_f1": 0.25, "test_f1": None})
    assert final_metrics(ended) == {"final/test_acc": 0.8, "final/train_seconds": 2.0, "final/val_f1": 0.25}


def test_sprites_are_square_and_in_the_range_of_colours():
    pixels = torch.randint(0, 256, (2, 3, 4, 6), dtype=torch.uint8)
    shown = sprites(pixels)
    assert shown.shape == (2, 3, 6, 6)
    assert torch.equal(shown[:, :, :4], pixels / 255)
    assert not shown[:, :, 4:].any()
    two_channels = torch.tensor([0, 255], dtype=torch.uint8).reshape(1, 2, 1, 1)
    assert sprites(two_channels).tolist() == [[[[0.5]]]]


@pytest.mark.slow
def test_the_projector_names_the_classes_of_colour_images(colour_run):
    (names,) = colour_run.rglob("metadata.tsv")
    assert names.read_text().splitlines() == [VEHICLES[i % 10] for i in range(60)]
