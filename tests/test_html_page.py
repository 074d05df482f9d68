import json

import pytest

from mnist_exp.html_page import script_json, write_html


def test_json_in_a_page_cannot_end_its_element():
    text = script_json({"name": "</script><!--"})
    assert "<" not in text
    assert json.loads(text) == {"name": "</script><!--"}


def test_json_in_a_page_is_the_same_json():
    content = {"a": "<b>\u2028'\"&é", "n": [1.5, None]}
    assert "<" not in script_json(content)
    assert json.loads(script_json(content)) == content
    with pytest.raises(ValueError, match="not JSON compliant"):
        script_json(float("nan"))


def test_texts_are_escaped_and_scripts_are_included_unchanged(tmp_path):
    (tmp_path / "page.html").write_text("<title>{{ title }}</title><script>{% include 'own.js' %}</script>{{ name }}")
    (tmp_path / "own.js").write_text("const text = `{{ name }} {# no comment #} {% x %}`;")
    (tmp_path / "<sweep>").mkdir()
    write_html(tmp_path / "page.html", tmp_path / "<sweep>" / "out.html", name="<b>")
    expected = (
        "<title>&lt;sweep&gt;</title><script>const text = `{{ name }} {# no comment #} {% x %}`;</script>&lt;b&gt;"
    )
    assert [path.name for path in (tmp_path / "<sweep>").iterdir()] == ["out.html"]
    assert (tmp_path / "<sweep>" / "out.html").read_text() == expected


def test_a_page_may_include_the_shared_parts_and_files_of_its_own_folder_come_first(tmp_path):
    (tmp_path / "page.html").write_text("{% include 'table.js' %}|{% include 'style.css' %}")
    (tmp_path / "style.css").write_text("own")
    write_html(tmp_path / "page.html", tmp_path / "out.html")
    shared, own = (tmp_path / "out.html").read_text().rsplit("|", 1)
    assert "function sortableTable" in shared
    assert own == "own"
