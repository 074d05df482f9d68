"use strict";
// The strip of steps through the chosen network, as tabs.

const THUMBNAIL = 56, MOST_TILES = 16;

function listSteps() {
  const steps = walkedSteps();
  state.step = Math.min(state.step, steps.length - 1);
  $("steps").replaceChildren(...steps.map(stepTab));
  const total = chosenArm().parameters ?? steps.reduce((sum, {parameters}) => sum + parameters, 0);
  $("totals").textContent = `${plural(chosenArm().steps.length, "step")}, ${plural(total, "parameter")} in all.`;
  $("shape-example").textContent = shapeExample(steps);
  $("views").hidden = !chosenArm().views;
  markStep();
}

// How a shape is read, for the first step with several maps.
function shapeExample(steps) {
  const found = steps.slice(1).find(({shape}) => shape.length === 3 && shape[0] > 1);
  if (!found) return "";
  const [count, height, width] = found.shape;
  return `${formatShape(found.shape)} means ${count} maps of ${height}×${width} numbers.`;
}

function stepTab(step, index) {
  const thumbnail = element("canvas", {width: 2 * THUMBNAIL, height: 2 * THUMBNAIL});
  thumbnail.ariaHidden = "true";
  const from = index ? otherInputs(step, index) : "";
  const lines = [element("b", {textContent: step.name.replaceAll(/[_.]/g, "$&\u200b")}), element("span", {textContent: step.name === operationName(step.op) ? "" : operationName(step.op)}),
    element("span", {className: "shape", textContent: formatShape(step.shape)}),
    element("span", {textContent: plural(step.parameters, "parameter")})];
  if (from) lines.push(element("span", {textContent: `from ${from}`}));
  const tab = element("button", {type: "button", className: "step", id: `step-${index}`}, thumbnail, ...lines);
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", "step");
  tab.addEventListener("click", () => openStep(index));
  return tab;
}

function markStep() {
  [...$("steps").children].forEach((tab, i) => {
    tab.ariaSelected = String(i === state.step);
    tab.tabIndex = i === state.step ? 0 : -1;
  });
  $("step").setAttribute("aria-labelledby", `step-${state.step}`);
}

function openStep(index) {
  state.step = index;
  state.unit = 0;
  markStep();
  buildStep();
}

$("steps").addEventListener("keydown", event => {
  const last = $("steps").children.length - 1;
  const target = {ArrowRight: state.step + 1, ArrowDown: state.step + 1, ArrowLeft: state.step - 1, ArrowUp: state.step - 1, Home: 0, End: last}[event.key];
  if (target === undefined) return;
  event.preventDefault();
  openStep(Math.min(last, Math.max(0, target)));
  $("steps").children[state.step].focus();
});

// The small pictures in the strip.
function drawStrip() {
  [...$("steps").children].forEach((tab, i) => {
    const target = tab.querySelector("canvas").getContext("2d"), size = target.canvas.width;
    target.clearRect(0, 0, size, size);
    if (!state.steps) return;
    if (i) return drawThumbnail(target, state.steps[i - 1].values, walkedSteps()[i].shape, size);
    target.imageSmoothingEnabled = false;
    target.drawImage(sharedPicture(state.picture.pixels, chosenSet()), 0, 0, size, size);
  });
}

function drawThumbnail(target, values, shape, size) {
  const tiles = tilesOf(shape), shown = tiles.height > 1 ? Math.min(tiles.count, MOST_TILES) : tiles.count;
  const columns = Math.ceil(Math.sqrt(shown)), pitch = size / columns, gap = shown > 200 ? 0 : 2, limit = largestSize(values);
  for (let i = 0; i < shown; i++) {
    const x = (i % columns) * pitch, y = Math.floor(i / columns) * pitch;
    drawTile(target, values, i * tiles.height * tiles.width, tiles, limit, x, y, pitch - gap, pitch - gap);
  }
}
