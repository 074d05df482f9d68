from mnist_exp.figures.training import learning_curves, probes


def test_learning_curves_show_both_stages_where_both_are_known():
    history = [{"epoch": e, "train_loss": 1 / e, "train_acc": 0.5, "val_loss": 2 / e, "val_acc": 0.25} for e in (1, 2)]
    loss, accuracy = learning_curves(history).axes
    assert [list(drawn.get_ydata()) for drawn in loss.get_lines()] == [[1, 0.5], [2, 1]]
    assert [list(drawn.get_ydata()) for drawn in accuracy.get_lines()] == [[50, 50], [25, 25]]
    bare = [{"epoch": 1, "train_loss": 1.0, "train_acc": 0.5}]
    assert [drawn.get_label() for drawn in learning_curves(bare).axes[0].get_lines()] == ["training"]


def test_probes_have_a_line_for_each_layer_in_each_panel():
    seen = {"gradient_norm": 0.1, "activation_sd": 1.0, "dead": 0.5, "saturated": 0.25}
    last = {"gradient_norm": 0.2, "activation_sd": None, "dead": None, "saturated": None}
    rows = [{"step": s, "layer": name, **of} for s in (0, 100) for name, of in (("dense1", seen), ("logits", last))]
    panels = {place.get_title(): place for place in probes(rows).axes}
    assert len(panels) == 4
    assert [drawn.get_label() for drawn in panels["norm of the weights' gradient"].get_lines()] == ["dense1", "logits"]
    (dead,) = panels["dead units, %"].get_lines()
    assert list(dead.get_xydata().ravel()) == [0, 50, 100, 50]
