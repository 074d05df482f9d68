// The table of runs: sorting, the filter by words, and the groups of runs that a chart asks for.
const showRuns = (() => {
  "use strict";
  const groups = JSON.parse(document.querySelector("#groups").textContent);
  const body = document.querySelector("#runs tbody");
  const heads = [...document.querySelectorAll("#runs th[aria-sort]")];
  const filter = document.querySelector("#filter");
  const count = document.querySelector("#count");
  const chosen = document.querySelector("#chosen");
  const back = chosen.querySelector(".back");
  let wanted = null; // rows, or null for all
  let from = null; // the chart that asked for them
  // The words of each row: its cells without the command and the figures.
  const wordsOf = new Map([...body.rows].map(row => [
    row, [...row.querySelectorAll("[data-value]")].flatMap(cell => cell.textContent.toLowerCase().split(/\s+/)),
  ]));

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
    count.textContent = `${shown} of ${body.rows.length} runs${shown ? "" : ": no row has all of these words"}`;
    chosen.hidden = wanted === null;
  }

  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const descending = head.getAttribute("aria-sort") === "ascending";
    heads.forEach(other => other.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    sort(column, descending);
  }));
  filter.addEventListener("input", show);
  chosen.querySelector("button").addEventListener("click", () => {
    wanted = null;
    show();
    filter.focus();
  });
  show();

  back.addEventListener("click", () => from.scrollIntoView());

  return (numbers, chart) => {
    from = chart;
    back.hidden = !from;
    wanted = new Set(numbers.flatMap(number => groups.rows[number]).map(String));
    filter.value = "";
    chosen.querySelector("b").textContent = numbers.map(number => groups.labels[number]).join("; ");
    show();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    document.querySelector("#runs-title").scrollIntoView({behavior: still ? "auto" : "smooth"});
    chosen.querySelector("button").focus({preventScroll: true});
  };
})();
