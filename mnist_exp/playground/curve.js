"use strict";
// The curve of the activation, with the inputs of one layer as a histogram below it.

const ZERO = 1e-6, SATURATED = 0.01;   // as in the study: below these, a value or slope counts as zero or as small
const LEFT = 48, RIGHT = 12, HEIGHT = 412, CURVE = {top: 14, bottom: 236}, COUNTS = {top: 266, bottom: 366}, BINS = 64;
const KINDS = ["active", "saturated", "silent"];

const activationSteps = () => chosenArm().steps.map((step, i) => ({...step, index: i})).filter(({op}) => op === "activation");

function listLayers() {
  const layers = activationSteps();
  state.layer = Math.min(state.layer, Math.max(0, layers.length - 1));
  $("layer").replaceChildren(...layers.map(({name}, i) => element("option", {value: i, textContent: name, selected: i === state.layer})));
  $("activation-part").hidden = !layers.length;
}

$("layer").addEventListener("change", () => { state.layer = Number($("layer").value); showCurve(); });

const curves = new Map();  // answers of the worker by network, arm and step

async function curveOf(step, arm = state.arm) {
  const {network} = state, key = [network, arm, step].join();
  if (!curves.has(key)) curves.set(key, await computers.drawing.ask("curve", {network, arm, step}));
  return curves.get(key);
}

const showCurve = oneAtATime(async () => {
  const layers = activationSteps();
  if (!layers.length) return;
  const found = await Promise.all(layers.map(({index}) => curveOf(index)));
  if (layers.length !== activationSteps().length) return;
  const curve = found[state.layer], inputs = state.steps?.[layers[state.layer].index].inputs ?? null;
  drawCurve(curve, inputs);
  $("curve-text").textContent = inputs ? curveSentences(layers, found) : "";
});

// ---- numbers

const placeOf = (curve, x) => Math.max(0, Math.min(curve.values.length - 2, Math.floor((x - curve.low) / curve.step)));
const slopeAt = (curve, x) => curve.slopes[placeOf(curve, x)];
const valueAt = (curve, x) => {
  const i = placeOf(curve, x);
  return curve.values[i] + (curve.values[i + 1] - curve.values[i]) * ((x - curve.low) / curve.step - i);
};

function kindAt(curve, x) {
  const slope = Math.abs(slopeAt(curve, x));
  if (slope < ZERO || Math.abs(valueAt(curve, x)) < ZERO) return "silent";
  return slope < SATURATED ? "saturated" : "active";
}

function countKinds(curve, inputs) {
  const counts = {active: 0, saturated: 0, silent: 0};
  for (const x of inputs) counts[kindAt(curve, x)]++;
  return counts;
}

const meanSlope = (curve, inputs) => inputs.reduce((sum, x) => sum + Math.abs(slopeAt(curve, x)), 0) / inputs.length;

function curveSentences(layers, found) {
  const inputs = layers.map(({index}) => state.steps[index].inputs), own = inputs[state.layer];
  const counts = countKinds(found[state.layer], own), slopes = found.map((curve, i) => meanSlope(curve, inputs[i]));
  const shares = KINDS.map(kind => `${percent(counts[kind] / own.length)} ${kind}`).join(", ");
  const first = `${formatCount(own.length)} inputs: ${shares}. Their mean slope is ${formatNumber(slopes[state.layer])}.`;
  if (slopes.length === 1) return first;
  const product = slopes.reduce((all, slope) => all * slope, 1);
  const all = slopes.length === 2 ? "both" : `all ${slopes.length}`;
  return `${first} In training, a gradient is multiplied by the slope in each layer. With the mean slopes of ${all} layers: ${slopes.map(formatNumber).join(" × ")} = ${formatNumber(product)}.`;
}

// ---- picture

function svg(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function shownRange(inputs) {
  if (!inputs) return [-5, 5];
  const sorted = Float32Array.from(inputs).sort(), at = share => sorted[Math.round(share * (sorted.length - 1))];
  return [Math.min(-3, Math.floor(at(0.002))), Math.max(3, Math.ceil(at(0.998)))];
}

function drawCurve(curve, inputs) {
  const width = innerWidthOf($("curve")) || 640;  // the texts have the same size in every window; 0 while it is hidden
  $("curve").setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  const [low, high] = shownRange(inputs), points = Array.from({length: 257}, (_, i) => low + (high - low) * i / 256);
  const values = points.map(x => valueAt(curve, x)), slopes = points.map(x => slopeAt(curve, x));
  const bottom = Math.min(-0.2, ...values, ...slopes), top = Math.max(1.1, ...values);
  const x = value => LEFT + (width - LEFT - RIGHT) * (value - low) / (high - low);
  const y = value => CURVE.bottom - (CURVE.bottom - CURVE.top) * (value - bottom) / (top - bottom);
  const line = (numbers, name) => svg("polyline", {class: name, points: points.map((at, i) => `${x(at).toFixed(1)},${y(numbers[i]).toFixed(1)}`).join(" ")});
  const parts = [...axes(x, y, [low, high], [bottom, top], width), line(slopes, "slope"), line(values, "curve")];
  if (inputs) parts.push(...histogram(curve, inputs, x, [low, high]));
  parts.push(svg("text", {x: (LEFT + width - RIGHT) / 2, y: 404, class: "middle"}, "input"));
  $("curve").replaceChildren(...parts);
  $("curve").setAttribute("aria-label", `Curve of ${chosenArm().name}${inputs ? `, with a histogram of ${formatCount(inputs.length)} inputs` : ""}`);
}

function ticks(low, high, most) {
  const step = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500].find(size => (high - low) / size <= most) ?? (high - low) / most;
  const first = Math.ceil(low / step);
  return Array.from({length: Math.floor(high / step) - first + 1}, (_, i) => (first + i) * step);
}

const tickText = value => String(value).replace("-", "−");

function axes(x, y, [low, high], [bottom, top], width) {
  const across = ticks(low, high, width / 60).flatMap(value => [
    svg("line", {x1: x(value), x2: x(value), y1: CURVE.top, y2: COUNTS.bottom, class: value === 0 ? "axis" : "grid"}),
    svg("text", {x: x(value), y: COUNTS.bottom + 18, class: "middle"}, tickText(value))]);
  const up = ticks(bottom, top, 5).flatMap(value => [
    svg("line", {x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), class: value === 0 ? "axis" : "grid"}),
    svg("text", {x: LEFT - 8, y: y(value) + 5, class: "end"}, tickText(value))]);
  return [...across, ...up];
}

function histogram(curve, inputs, x, [low, high]) {
  const bins = Array.from({length: BINS}, () => ({active: 0, saturated: 0, silent: 0}));
  for (const value of inputs) {
    const bin = Math.floor(BINS * (value - low) / (high - low));
    if (bin >= 0 && bin < BINS) bins[bin][kindAt(curve, value)]++;
  }
  const highest = Math.max(...bins.map(bin => bin.active + bin.saturated + bin.silent)), height = COUNTS.bottom - COUNTS.top;
  const width = (x(high) - x(low)) / BINS;
  return bins.flatMap((bin, i) => {
    let below = COUNTS.bottom;
    return KINDS.filter(kind => bin[kind]).map(kind => {
      const size = Math.max(1, height * bin[kind] / highest);
      below -= size;
      return svg("rect", {x: LEFT + i * width + 0.5, y: below, width: width - 1, height: size, class: kind}, svg("title", {}, `${formatCount(bin[kind])} ${kind}`));
    });
  });
}
