"use strict";
// The curves of all activations of the chosen network in one small picture, beside the explanation of what they are.

const NOTE = {height: 190, low: -4, high: 4, bottom: -1.5, top: 3, points: 128, lineHeight: 22, names: 130};

async function showActivations() {
  const arms = chosenNetwork().arms.map((arm, i) => ({arm, i, step: arm.steps.findIndex(({op}) => op === "activation")})).filter(({step}) => step >= 0);
  $("activation-note").hidden = !arms.length;
  const {network} = state, found = await Promise.all(arms.map(({i, step}) => curveOf(step, i)));
  if (network === state.network) drawActivations(arms.map(({arm}) => arm), found);
}

function drawActivations(arms, found) {
  const picture = $("activation-curves"), height = Math.max(NOTE.height, NOTE.lineHeight * (arms.length + 1));
  const width = innerWidthOf(picture) || 480, x = scaled(NOTE.low, NOTE.high, 4, width - NOTE.names), y = scaled(NOTE.bottom, NOTE.top, height - 4, 4);
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.style.height = `${height}px`;
  const inputs = Array.from({length: NOTE.points + 1}, (_, i) => NOTE.low + (NOTE.high - NOTE.low) * i / NOTE.points);
  const axis = (x1, y1, x2, y2) => svg("line", {x1, y1, x2, y2, class: "axis"});
  const lines = found.map((curve, i) => svg("polyline", {class: "arm-curve", stroke: arms[i].colour,
    points: inputs.map(input => `${x(input).toFixed(1)},${y(valueAt(curve, input)).toFixed(1)}`).join(" ")}));
  picture.replaceChildren(axis(x(NOTE.low), y(0), x(NOTE.high), y(0)), axis(x(0), y(NOTE.bottom), x(0), y(NOTE.top)), ...lines,
    ...arms.flatMap((arm, i) => curveName(arm, width - NOTE.names + 16, NOTE.lineHeight * (i + 1))));
  picture.setAttribute("aria-label", `The curves of ${listed(arms.map(({name}) => name))}`);
}

// A linear scale.
const scaled = (low, high, from, to) => value => from + (to - from) * (value - low) / (high - low);

function curveName({name, colour}, x, y) {
  const shown = name.length > 14 ? `${name.slice(0, 13)}…` : name;
  return [svg("line", {x1: x, x2: x + 16, y1: y - 5, y2: y - 5, class: "arm-curve", stroke: colour}), svg("text", {x: x + 22, y}, shown, svg("title", {}, name))];
}
