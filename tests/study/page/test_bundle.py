from unittest.mock import Mock

import vl_convert

from mnist_exp.study.page import bundle


def test_the_scripts_are_made_once_and_made_again_if_the_copy_is_damaged(tmp_path, monkeypatch):
    make = Mock(return_value="scripts; window.vegaLite=it")
    monkeypatch.setattr(vl_convert, "javascript_bundle", make)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert bundle.vega_scripts() == bundle.vega_scripts() == "scripts; window.vegaLite=it"
    assert make.call_count == 1
    (copy,) = (tmp_path / "mnist_exp").iterdir()
    copy.write_text("scri")
    assert bundle.vega_scripts() == "scripts; window.vegaLite=it"
    assert make.call_count == 2


def test_without_a_cache_folder_the_scripts_are_made_each_time(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda: "scripts; window.vegaLite=it")
    assert bundle.vega_scripts() == "scripts; window.vegaLite=it"


def test_the_real_scripts_have_nothing_that_ends_their_element():
    text = bundle.vega_scripts().lower()
    assert "window.vegaembed" in text
    assert "</script" not in text
    assert "<!--" not in text
