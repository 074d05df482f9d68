// Tables whose columns sort at a click on their titles, and whose rows are filtered by words. A cell with
// `data-value` can be sorted by it, and its words are found by the filter.
"use strict";
function sortableTable(table, {filter, count, noun}) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const wordsOf = new Map([...body.rows].map(row => [
    row, [...row.querySelectorAll("[data-value]")].flatMap(cell => cell.textContent.toLowerCase().split(/\s+/)),
  ]));
  let wanted = null; // which rows may be shown: their data-row, or null for all

  const compare = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, undefined, {numeric: true}) : x - y;
  };

  function sort(column, descending) {
    const value = row => row.cells[column].dataset.value;
    const sign = descending ? -1 : 1;
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === "" || y === "") return (x === "") - (y === ""); // missing values come last
      return sign * compare(x, y);
    });
    body.append(...rows);
  }

  function show() {
    // A word that some row has as a whole means those rows: relu is not leaky_relu. Else a part is enough.
    const tests = filter.value.toLowerCase().split(/\s+/).filter(Boolean).map(typed => {
      const whole = [...wordsOf.values()].some(words => words.includes(typed));
      return words => whole ? words.includes(typed) : words.some(word => word.includes(typed));
    });
    let shown = 0;
    for (const row of body.rows) {
      const matches = tests.every(test => test(wordsOf.get(row)));
      row.hidden = !matches || (wanted !== null && !wanted.has(row.dataset.row));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = `${shown} of ${body.rows.length} ${noun}${shown ? "" : ": no row has all of these words"}`;
  }

  const sortable = heads.filter(head => head.hasAttribute("aria-sort"));
  sortable.forEach(head => head.querySelector("button").addEventListener("click", () => {
    const descending = head.getAttribute("aria-sort") === "ascending";
    sortable.forEach(other => other.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    sort(head.cellIndex, descending);
  }));
  filter.addEventListener("input", show);
  show();

  return {
    showOnly(rows) { // their data-row, or null for all
      wanted = rows;
      show();
    },
  };
}
