from mnist_exp.figures.training import learning_curves, probes


def test_learning_curves_show_training_and_validation():
    history = [{"epoch": e, "train_loss": 1 / e, "train_acc": 0.5, "val_loss": 2 / e, "val_acc": 0.25} for e in (1, 2)]
    loss, accuracy = learning_curves(history).axes
    assert [list(plotted.get_ydata()) for plotted in loss.get_lines()] == [[1, 0.5], [2, 1]]
    assert [list(plotted.get_ydata()) for plotted in accuracy.get_lines()] == [[50, 50], [25, 25]]


def test_learning_curves_without_validation_show_training_alone():
    history = [{"epoch": 1, "train_loss": 1.0, "train_acc": 0.5}]
    assert [plotted.get_label() for plotted in learning_curves(history).axes[0].get_lines()] == ["training"]


def test_probes_have_a_line_per_layer_in_each_panel():
    hidden = {"gradient_norm": 0.1, "activation_sd": 1.0, "dead": 0.5, "saturated": 0.25}
    logits = {"gradient_norm": 0.2, "activation_sd": None, "dead": None, "saturated": None}
    layers = {"dense1": hidden, "logits": logits}
    rows = [{"step": step, "layer": name, **values} for step in (0, 100) for name, values in layers.items()]
    panels = {panel.get_title(): panel for panel in probes(rows).axes}
    assert len(panels) == 4
    gradients = panels["norm of the weights' gradient"].get_lines()
    assert [plotted.get_label() for plotted in gradients] == ["dense1", "logits"]
    (dead,) = panels["dead units, %"].get_lines()
    assert list(dead.get_xydata().ravel()) == [0, 50, 100, 50]
