import torch
from torch import nn

from mnist_exp.training.tensorboard import layer_graph, report_table


def test_the_graph_has_the_layers_and_their_connections():
    network = nn.Sequential()
    network.add_module("dense1", nn.Linear(4, 3))
    network.add_module("dense1_act", nn.ReLU())
    first, second = layer_graph(network, torch.zeros(1, 4)).node
    assert (first.name, first.op, list(first.input)) == ("dense1", "Linear", [])
    assert (second.name, second.op, list(second.input)) == ("dense1_act", "ReLU", ["dense1"])
    assert first.attr["weight"].s.decode() == "3×4"


def test_the_report_has_a_row_per_digit():
    per_class = {"precision": [0.5] * 10, "recall": [0.25] * 10, "f1": [1 / 3] * 10, "support": list(range(10))}
    lines = report_table(per_class).splitlines()
    assert lines[0] == "| digit | precision | recall | F1 | support |"
    assert lines[2 + 7] == "| 7 | 0.5000 | 0.2500 | 0.3333 | 7 |"
    assert len(lines) == 12
