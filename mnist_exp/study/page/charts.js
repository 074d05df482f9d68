// Draws the charts: those in view at once, the others while the browser is idle. Legends switch arms on and off.
(() => {
  "use strict";
  const specs = JSON.parse(document.querySelector("#specs").textContent);
  const views = new Map(); // the place of a chart → its view, once it is drawn

  // Colours are variables of the page's style: light, dark and print need no second drawing.
  const text = {labelColor: "var(--ink)", titleColor: "var(--soft)", titleFontWeight: "normal", labelFontSize: 12};
  const config = {
    background: "transparent",
    font: "system-ui, sans-serif",
    view: {stroke: null},
    axis: {...text, titleFontSize: 12, gridColor: "var(--rule)", domainColor: "var(--soft)", tickColor: "var(--soft)"},
    text: {fontSize: 12},
    mark: {aria: false}, // the description of the chart and its table say it better than every mark
  };
  config.axis.aria = false;
  const options = {mode: "vega-lite", renderer: "svg", actions: false, config, tooltip: {theme: "page"}};

  async function draw(place) {
    if (views.has(place)) return;
    views.set(place, null);
    observer.unobserve(place);
    const spec = specs[place.dataset.chart][place.dataset.panel];
    const {view} = await vegaEmbed(place, spec, options);
    views.set(place, view);
    place.style.minHeight = "";
    place.dataset.drawn = "";
    view.addEventListener("click", (_, item) => {
      if (!item?.datum?.groups?.length) return;
      if (matchMedia("(hover: none)").matches) showTapped(place.closest(".chart"), item);
      else showRuns(item.datum.groups, place.closest(".chart"));
    });
    applyLegend(place.closest(".chart"), [place]);
  }

  // A finger cannot point without a click: a tap shows what a hover would, and the runs are another tap away.
  function showTapped(chart, item) {
    const tapped = chart.querySelector(".tapped");
    const {title, command, ...numbers} = item.tooltip;
    tapped.querySelector("b").textContent = title;
    tapped.querySelector("span").textContent = Object.entries(numbers).map(pair => pair.join(" ")).join(" · ");
    tapped.querySelector("button").onclick = () => showRuns(item.datum.groups, chart);
    tapped.hidden = false;
  }

  function applyLegend(chart, places) {
    const off = [...chart.querySelectorAll(".legend button[aria-pressed=false]")].map(button => button.dataset.arm);
    for (const place of places) {
      const view = views.get(place);
      if (view && place.closest(".chart").querySelector(".legend")) view.signal("off", off).runAsync();
    }
  }

  for (const button of document.querySelectorAll(".legend button")) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") === "false");
      const chart = button.closest(".chart");
      applyLegend(chart, chart.querySelectorAll(".plot"));
    });
  }

  // Paper is narrower than most screens: charts are drawn for it instead of being made smaller.
  const paper = 660, gap = 24; // pixels
  const widthOnPaper = chart => {
    const panels = chart.querySelectorAll(".panel").length;
    return chart.classList.contains("wide") || panels === 1 ? paper : (paper - gap) / 2;
  };
  const setWidths = widthOf => views.forEach((view, place) => view?.signal("width", widthOf(place)).run());
  window.addEventListener("beforeprint", () => setWidths(place => widthOnPaper(place.closest(".chart"))));
  window.addEventListener("afterprint", () => setWidths(place => place.clientWidth));

  const places = [...document.querySelectorAll(".plot")];
  const observer = new IntersectionObserver(
    entries => entries.filter(entry => entry.isIntersecting).forEach(entry => draw(entry.target)),
    {rootMargin: "300px"},
  );
  const idle = window.requestIdleCallback ?? (callback => setTimeout(callback, 50));
  const drawRest = async () => {
    const next = places.find(place => !views.has(place));
    if (next === undefined) return document.documentElement.setAttribute("data-drawn", "");
    await draw(next);
    idle(drawRest);
  };
  places.forEach(place => observer.observe(place));
  window.addEventListener("load", () => idle(drawRest));
})();
