"""mnist-exp gallery [FOLDER]: plot activation functions, and compute their properties. Nothing is trained.

Writes activations.html, which has all functions in a table that sorts and filters, the same as properties.csv and
properties.md, and two pictures.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from mnist_exp.atomic_files import write_text
from mnist_exp.command_line import Parser, named_path
from mnist_exp.errors import UserError
from mnist_exp.figures.activations import gallery, side_by_side
from mnist_exp.figures.style import STUDY, save
from mnist_exp.gallery.functions import functions
from mnist_exp.gallery.page import costs_text, write_page
from mnist_exp.gallery.table import Row, computed, csv_rows, text_table, with_costs
from mnist_exp.gallery.texts import caption
from mnist_exp.runs.files import write_csv
from mnist_exp.study.summary_table import markdown


def write(folder: Path, rows: Sequence[Row], side: Sequence[str]) -> None:
    """Write pictures, tables and the page. `side` names those that are plotted in one panel."""
    curves = {row.function.name: row.function.curve() for row in rows}
    captions = {row.function.name: caption(row.properties) for row in rows}
    save(gallery(curves, captions), folder / "activations.png")
    save(side_by_side({name: curves[name] for name in side}), folder / "study_activations.png")
    write_csv(folder / "properties.csv", csv_rows(rows))
    about = costs_text() if rows[0].costs else "Costs were not measured."
    write_text(folder / "properties.md", markdown(text_table(rows), about))
    write_page(folder / "activations.html", rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; `arguments` are those of the process if not given."""
    parser = Parser("gallery", __doc__)
    parser.add_argument("folder", nargs="?", type=named_path, default=Path("figures"), help="default: figures")
    own_help = "also one of your own, FILE.py:NAME or MODULE:NAME; may be given several times"
    parser.add_argument("--activation", action="append", default=[], metavar="NAME", help=own_help)
    parser.add_argument("--no-cost", action="store_true", help="do not measure times, which takes half a minute")
    options = parser.parse_args(arguments)
    try:
        shown = functions(options.activation)
        rows = computed(shown)
    except UserError as error:
        sys.exit(f"Error: {error}")
    options.folder.mkdir(parents=True, exist_ok=True)  # if that fails, it does before the long part
    if not options.no_cost:
        rows = with_costs(rows)
    own = [f.name for f in shown[len(shown) - len(options.activation) :]]
    write(options.folder, rows, [*STUDY, *own])
    print(f"activations.html, properties.csv, properties.md and 2 pictures → {options.folder}")


if __name__ == "__main__":
    main()
