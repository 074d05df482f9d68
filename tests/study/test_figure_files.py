from mnist_exp.study.figure_files import write_figures
from mnist_exp.study.ranking import rank_over_blocks
from tests.factories import grid


def test_every_figure_is_written_as_png_svg_and_pdf_in_place_of_earlier_ones(tmp_path):
    folder = tmp_path / "figures"
    folder.mkdir()
    for name in ("earlier.png", "earlier.svg", "earlier.pdf", "own.pdf"):
        (folder / name).write_bytes(b"")
    write_figures(tmp_path, grid(), [], [], rank_over_blocks(grid(), []))
    names = {path.name for path in folder.iterdir()}
    drawn = {"heat_map", "ranked", "time", "critical_difference"}
    assert names == {f"{name}.{kind}" for name in drawn for kind in ("png", "svg", "pdf")} | {"own.pdf"}
    assert (folder / "heat_map.pdf").read_bytes().startswith(b"%PDF")
    assert (folder / "heat_map.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (folder / "heat_map.svg").read_text()


def test_the_same_runs_give_the_same_files(tmp_path):
    for name in ("a", "b"):
        write_figures(tmp_path / name, grid(), [], [], rank_over_blocks(grid(), []))
    files = sorted(path.name for path in (tmp_path / "a" / "figures").iterdir())
    assert files
    assert [
        name
        for name in files
        if (tmp_path / "a" / "figures" / name).read_bytes() != (tmp_path / "b" / "figures" / name).read_bytes()
    ] == []
