// The table of runs, and the groups of runs in it that a chart asks for.
const showRuns = (() => {
  "use strict";
  const groups = JSON.parse(document.querySelector("#groups").textContent);
  const filter = document.querySelector("#filter");
  const table = sortableTable(document.querySelector("#runs"), {
    filter, count: document.querySelector("#count"), noun: "runs",
  });
  const chosen = document.querySelector("#chosen");
  const back = chosen.querySelector(".back");
  let from = null; // the chart that asked for them

  function showOnly(rows) {
    table.showOnly(rows);
    chosen.hidden = rows === null;
  }

  chosen.querySelector("button").addEventListener("click", () => {
    showOnly(null);
    filter.focus();
  });
  back.addEventListener("click", () => from.scrollIntoView());

  return (numbers, chart) => {
    from = chart;
    back.hidden = !from;
    filter.value = "";
    chosen.querySelector("b").textContent = numbers.map(number => groups.labels[number]).join("; ");
    showOnly(new Set(numbers.flatMap(number => groups.rows[number]).map(String)));
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    document.querySelector("#runs-title").scrollIntoView({behavior: still ? "auto" : "smooth"});
    chosen.querySelector("button").focus({preventScroll: true});
  };
})();
