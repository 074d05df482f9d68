"use strict";
// The selected feature map or unit, enlarged, with its numbers and what it was computed from.

const LARGE = 208;  // pixels

function enlarged(step) {
  const {unit} = state, title = isLast(state.step) ? `Class ${classNames()[unit]}` : `${unitName(step)} ${formatCount(unit + 1)} of ${formatCount(step.shape[0])}`;
  const heading = element("h4", {textContent: title});
  return element("div", {className: "enlarged"}, heading, unitButtons(step), ...unitPictures(step), unitNumbers(step), ...unitWeights(step));
}

function unitButtons(step) {
  const button = (textContent, ariaLabel, change) => {
    const made = element("button", {type: "button", textContent, ariaLabel, disabled: !(state.unit + change in Array(step.shape[0]).fill(0))});
    made.addEventListener("click", () => {
      selectUnit(state.unit + change);
      $("step-body").querySelector(`.enlarged button[data-change="${change}"]`)?.focus();
    });
    made.dataset.change = change;
    return made;
  };
  return element("p", {className: "row"}, button("←", "Previous", -1), button("→", "Next", 1));
}

const unitSize = step => sizeOf(step.shape.slice(1));
const unitValues = (values, step) => values.subarray(state.unit * unitSize(step), (state.unit + 1) * unitSize(step));

function unitPictures(step) {
  if (!isMaps(step)) return [];
  const tiles = tilesOf(step.shape), {values, inputs} = state.steps[state.step - 1];
  const after = largeTile(values, state.unit * unitSize(step), tiles, largestSize(values), LARGE, `${unitName(step)} ${state.unit + 1}`);
  const before = numbersBefore(step, inputs);
  if (!before) return [after];
  const earlier = largeTile(before.values, state.unit * before.size, before.tiles, largestSize(before.values), LARGE, "Before this step");
  return [caption("Before"), earlier, caption("After"), after];
}

const caption = textContent => element("p", {className: "caption", textContent});

// The same map one step earlier, for steps that treat each map on its own.
function numbersBefore(step, inputs) {
  if (inputs) return {values: inputs, tiles: tilesOf(step.shape), size: unitSize(step)};
  if (!["max_pool", "avg_pool", "batch_norm"].includes(step.op) || step.inputs[0] === -1) return null;
  const earlier = chosenArm().steps[step.inputs[0]];
  return {values: state.steps[step.inputs[0]].values, tiles: tilesOf(earlier.shape), size: unitSize(earlier)};
}

function unitNumbers(step) {
  const computed = state.steps[state.step - 1], values = unitValues(computed.values, step), rows = [];
  if (values.length === 1) {
    if (computed.inputs) rows.push(["input", computed.inputs[state.unit]]);
    rows.push([isLast(state.step) ? "logit" : computed.inputs ? "output" : "value", values[0]]);
  } else {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    rows.push(["smallest", Math.min(...values)], ["mean", mean], ["largest", Math.max(...values)]);
  }
  if (view.weights?.bias) rows.push(["bias", view.weights.bias[state.unit]]);
  const list = element("dl", {}, ...rows.flatMap(([name, value]) => [element("dt", {textContent: name}), element("dd", {textContent: formatNumber(value)})]));
  if (computed.silentUnits) list.append(element("dt", {textContent: "state"}), element("dd", {textContent: computed.silentUnits[state.unit] ? "silent ×" : "active"}));
  return list;
}

// The weights of the selected unit: its filter, or one weight for each of its inputs.
function unitWeights(step) {
  if (!view.weights) return [];
  const {values, shape} = view.weights, size = values.length / shape[0], limit = largestSize(values), start = state.unit * size;
  const tiles = weightTiles(step), text = `${formatCount(size)} weights`;
  if (tiles) return [caption(step.op === "conv" ? `Its filter, ${text}` : `Its ${text}`), largeTile(values, start, tiles, limit, step.op === "conv" ? LARGE / 2 : LARGE, "Weights"), legend(limit, " ")];
  return [caption(step.op === "conv" ? `Its filter: ${plural(shape[1], "part")}, one for each input map` : `Its ${text}, one for each input`),
    weightMosaic(values.subarray(start, start + size), shape, limit), legend(limit, " ")];
}

function weightMosaic(values, shape, limit) {
  const [, count, height = 1, width = 1] = shape, columns = Math.ceil(Math.sqrt(count)), side = 2 * LARGE, pitch = side / columns;
  const made = element("canvas", {className: "large-tile", width: side, height: Math.ceil(count / columns) * pitch});
  made.setAttribute("role", "img");
  made.ariaLabel = "Weights";
  for (let i = 0; i < count; i++) {
    const gap = height > 1 ? 3 : pitch > 8 ? 1 : 0, x = (i % columns) * pitch, y = Math.floor(i / columns) * pitch;
    drawTile(made.getContext("2d"), values, i * height * width, {height, width}, limit, x, y, pitch - gap, pitch - gap);
  }
  return made;
}
