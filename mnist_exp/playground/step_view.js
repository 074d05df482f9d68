"use strict";
// The open step: its maps or units as a sheet, its filters, and the selected one enlarged.

const view = {step: null, values: null, filters: null, weights: null};  // of the open step

async function buildStep() {
  const step = walkedSteps()[state.step];
  Object.assign(view, {step, weights: null, values: new Sheet(sheetName(step), selectUnit), filters: new Sheet(`Filters of ${step.name}`, selectUnit)});
  $("step-title").textContent = stepTitle(step, state.step);
  $("step-text").textContent = stepSentence(step);
  for (const note of $("step-notes").children) note.open = !(note.hidden = !noteFits(note, step));
  showStep();
  if (!step.weight) return;
  try {
    const weights = await computers.drawing.ask("weights", {network: state.network, arm: state.arm, step: state.step - 1});
    if (view.step === step) { view.weights = weights; showStep(); }
  } catch (error) {
    showFailure(error);
  }
}

const noteFits = (note, step) => note.dataset.op.split(" ").some(kind => kindsOf(step).includes(kind));

function kindsOf(step) {
  if (isLast(state.step)) return ["last"];
  return step.op === "conv" ? ["conv", step.trained ? "trained" : "untrained"] : [step.op];
}

const isMaps = step => step.shape.length > 1;
const unitName = step => (isMaps(step) ? "Feature map" : "Unit");
const sheetName = step => `${unitName(step)}s of ${step.name}`;

function selectUnit(unit) {
  state.unit = unit;
  showStep();
}

// Weights that are themselves pictures: filters over one channel, and units that see the image.
function weightTiles(step) {
  if (!step.weight || !view.weights) return null;
  const [count, channels, height, width] = view.weights.shape;
  if (step.op === "conv" && channels === 1) return {count, height, width};
  if (step.op === "dense" && seesImage(step)) return {count, height: chosenSet().shape[1] * chosenSet().shape[0], width: chosenSet().shape[2]};
  return null;
}

function seesImage(step) {
  const before = step.inputs[0];
  return before === -1 || (chosenArm().steps[before].op === "flatten" && chosenArm().steps[before].inputs[0] === -1);
}

function showStep() {
  const {step} = view, count = step.shape[0];
  $("step-empty").hidden = Boolean(state.steps);
  state.unit = Math.min(state.unit, count - 1);
  const focused = document.activeElement;
  $("step-body").replaceChildren(...(state.steps ? stepBlocks(step) : []));
  if (focused === view.values.canvas || focused === view.filters.canvas) focused.focus({preventScroll: true});
}

function stepBlocks(step) {
  if (step.op === "image") return [imageBlock()];
  const blocks = [isLast(state.step) ? logitsTable() : valuesBlock(step)], tiles = weightTiles(step);
  if (tiles) blocks.push(sheetBlock(view.filters, step.op === "conv" ? "Filters" : "Weights of each unit, as pictures", view.weights.values, tiles, null));
  return [element("div", {className: "sheets"}, ...blocks), enlarged(step)];
}

function imageBlock() {
  const picture = pictureCanvas(state.picture.pixels, chosenSet());
  picture.className = "picture";
  picture.setAttribute("role", "img");
  picture.ariaLabel = "The input of the networks";
  const smallest = Math.min(...state.picture.pixels), largest = Math.max(...state.picture.pixels);
  return element("div", {className: "sheets"}, picture, element("p", {textContent: `Pixels from ${smallest} (dark) to ${largest} (light).`}));
}

function valuesBlock(step) {
  const computed = state.steps[state.step - 1], silent = computed.silentUnits ?? null;
  const name = isMaps(step) ? "Feature maps" : "Units";
  const block = sheetBlock(view.values, name, computed.values, tilesOf(step.shape), silent);
  if (silent) {
    const number = silent.reduce((sum, each) => sum + each, 0), positions = isMaps(step) ? ` ${percent(computed.silentShare)} of all positions are silent.` : "";
    block.append(element("p", {textContent: `${formatCount(number)} of ${formatCount(silent.length)} are silent (×).${positions}`}));
  }
  return block;
}

function sheetBlock(sheet, name, values, tiles, silent) {
  const limit = largestSize(values), describe = unit => `${unitName(view.step)} ${unit + 1} of ${tiles.count}${silent?.[unit] ? ", silent" : ""}`;
  sheet.draw({values, tiles, limit, silent, selected: state.unit, describe}, sheetWidth());
  return element("div", {className: "sheet-block"}, element("h4", {textContent: name}), sheet.canvas, legend(limit));
}

// Two columns on wide windows, one on narrow ones.
function sheetWidth() {
  const available = innerWidthOf($("step"));
  return available > 640 ? available - 264 : available;
}

function logitsTable() {
  const {values} = state.steps[state.step - 1], {probabilities} = softmax(values), limit = largestSize(values);
  const head = element("tr", {}, ...["Class", "Logit", "Probability"].map(textContent => element("th", {scope: "col", textContent})));
  const rows = classNames().map((name, i) => element("tr", {className: i === indexOfLargest(values) ? "top" : ""},
    element("th", {scope: "row", textContent: name}), numberCell(formatNumber(values[i]), Math.abs(values[i]) / limit, values[i] < 0), numberCell(percent(probabilities[i]), probabilities[i], false)));
  return element("table", {className: "logits"}, element("thead", {}, head), element("tbody", {}, ...rows));
}

function softmax(logits) {
  const largest = Math.max(...logits), powers = [...logits].map(logit => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return {probabilities: powers.map(power => power / sum)};
}

function numberCell(text, share, negative) {
  const bar = element("span", {className: negative ? "bar negative" : "bar"});
  bar.style.width = `${100 * share}%`;
  return element("td", {}, element("span", {className: "number", textContent: text}), element("span", {className: "bar-space"}, bar));
}
