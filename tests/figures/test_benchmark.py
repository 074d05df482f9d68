from mnist_exp.figures.benchmark import bars


def test_a_bar_for_each_contender_and_a_line_for_ours():
    figure = bars({"mlp": {"ours": 1.0, "raw": 0.8, "Keras": 2.5}, "cnn": {"ours": 1.0, "raw": 0.9}})
    (place,) = figure.axes
    assert sorted(bar.get_width() for bar in place.patches) == [0.8, 0.9, 2.5]
    assert [text.get_text() for text in place.get_yticklabels()] == ["mlp", "cnn"]
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {"ours", "raw", "Keras"}
    assert {text.get_text() for text in place.texts} == {"0.80", "0.90", "2.50"}
