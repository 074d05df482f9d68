from mnist_exp.figures.benchmark import bars


def test_each_contender_has_a_bar_and_ours_a_line():
    figure = bars({"mlp": {"ours": 1.0, "raw": 0.8, "Keras": 2.5}, "cnn": {"ours": 1.0, "raw": 0.9}})
    (panel,) = figure.axes
    assert sorted(bar.get_width() for bar in panel.patches) == [0.8, 0.9, 2.5]
    assert [text.get_text() for text in panel.get_yticklabels()] == ["mlp", "cnn"]
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {"ours", "raw", "Keras"}
    assert {text.get_text() for text in panel.texts} == {"0.80", "0.90", "2.50"}
