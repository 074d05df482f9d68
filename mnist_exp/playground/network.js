'use strict';
// A network as the page's data describe it, ready to run, and what it computes for an image.

const SILENT = 1e-6; // a unit is silent where its value or its derivative is below this

const decodeFloats = text => text === null ? null : new Float32Array(decodeBytes(text).buffer);

// Decodes an arm's numbers, and reserves the memory in which it runs.
function openArm(arm, shape) {
  const numbers = new Int16Array(decodeBytes(arm.numbers).buffer);
  const curves = arm.curves.map(({low, step, bends, values, slopes}) =>
    ({low, step, bends, table: decodeFloats(values), slopes: decodeFloats(slopes)}));
  const opened = {...arm, numbers: null, shape, curves, image: new Float32Array(sizeOf(shape)), steps: []};
  for (const step of arm.steps) opened.steps.push(openStep(step, opened, numbers));
  return opened;
}

function openStep(step, arm, numbers) {
  const opened = {...step, output: new Float32Array(sizeOf(step.shape))};
  opened.shapes = step.inputs.map(i => i < 0 ? arm.shape : arm.steps[i].shape);
  opened.sources = step.inputs.map(i => i < 0 ? arm.image : arm.steps[i].output);
  if (step.weight) {
    opened.weights = scaledWeights(step.weight, numbers);
    opened.biases = decodeFloats(step.bias);
  }
  if (step.op === 'conv') {
    opened.patches = new Float32Array(sizeOf(step.shape.slice(1)) * sizeOf(step.weight.shape.slice(1)));
  }
  if (step.op === 'batch_norm') {
    opened.factors = decodeFloats(step.factor);
    opened.shifts = decodeFloats(step.shift);
  }
  if ('curve' in step) {
    const count = step.per_channel ? step.shape[0] : 1;
    opened.curvesByChannel = arm.curves.slice(step.curve, step.curve + count);
  }
  if (step.places) opened.from = new Int32Array(decodeBytes(step.places).buffer);
  return opened;
}

function scaledWeights({at, shape, scales}, numbers) {
  const factors = decodeFloats(scales), weights = new Float32Array(sizeOf(shape)), size = weights.length / shape[0];
  for (let i = 0; i < weights.length; i++) weights[i] = numbers[at + i] * factors[Math.floor(i / size)];
  return weights;
}

// Standardises raw pixels, moved by some pixels; what comes in from outside is background.
function setImage(arm, pixels, down = 0, right = 0) {
  const [channels, height, width] = arm.shape, {image, scale, offset} = arm;
  for (let channel = 0, i = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++, i++) {
      const fromY = y - down, fromX = x - right;
      const inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
      const pixel = inside ? pixels[(channel * height + fromY) * width + fromX] : 0;
      image[i] = inside ? pixel * scale[channel] - offset[channel] : arm.views.background;
    }
  }
}

// Runs all steps; each keeps its output until the next run. Returns the last one, which holds the logits.
function runSteps(arm) {
  for (const step of arm.steps) {
    if (step.op in UNARY) UNARY[step.op](step, step.sources[0], step.shapes[0], step.output);
    else SEVERAL[step.op](step, step.sources, step.output);
  }
  return arm.steps.at(-1).output;
}

const VIEWS = [[-1, 0], [1, 0], [0, -1], [0, 1]]; // down, right

// The logits for raw pixels. Afterwards the steps hold what they are for the image itself.
function computeLogits(arm, pixels) {
  if (!arm.views) {
    setImage(arm, pixels);
    return runSteps(arm).slice();
  }
  const sum = new Float64Array(sizeOf(arm.steps.at(-1).shape));
  for (const [down, right] of [...VIEWS, [0, 0]]) {
    setImage(arm, pixels, down, right);
    const logits = runSteps(arm);
    for (let i = 0; i < sum.length; i++) sum[i] += logits[i] / (VIEWS.length + 1);
  }
  return Float32Array.from(sum);
}

function softmax(logits) {
  const largest = Math.max(...logits), powers = Float64Array.from(logits, logit => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return Float32Array.from(powers, power => power / sum);
}

// The derivative, linear between the inputs of the table; at a bend it jumps.
function slopeAt({low, step, slopes, bends}, input) {
  const place = Math.min(Math.max((input - low) / step, 0), slopes.length - 1);
  const left = Math.min(Math.floor(place), slopes.length - 2);
  const bend = bends.length ? bends.find(({segment}) => segment === left) : undefined;
  if (bend) return slopes[input < bend.at ? left : left + 1];
  return slopes[left] + (place - left) * (slopes[left + 1] - slopes[left]);
}

// Which units of an activation are silent; a channel is one unit, silent if it is so at every place.
function silentUnits(step) {
  const [input] = step.sources, units = new Uint8Array(step.shape[0]), size = input.length / units.length;
  for (let unit = 0; unit < units.length; unit++) {
    const curve = step.curvesByChannel[step.per_channel ? unit : 0];
    let i = unit * size;
    const end = i + size;
    while (i < end && (Math.abs(step.output[i]) < SILENT || Math.abs(slopeAt(curve, input[i])) < SILENT)) i++;
    units[unit] = i === end ? 1 : 0;
  }
  return units;
}

const shareOf = units => units.length ? units.reduce((sum, unit) => sum + unit, 0) / units.length : null;

// What an arm answers to raw pixels.
function answer(arm, pixels) {
  const logits = computeLogits(arm, pixels);
  const units = arm.steps.filter(step => step.op === 'activation').flatMap(step => [...silentUnits(step)]);
  return {logits, probabilities: softmax(logits), silent: shareOf(units)};
}

// Each step of an arm for raw pixels, as copies.
function describeSteps(arm, pixels) {
  setImage(arm, pixels);
  runSteps(arm);
  return arm.steps.map(step => {
    const described = {name: step.name, op: step.op, shape: step.shape, values: step.output.slice()};
    if (!('curve' in step)) return described;
    const units = silentUnits(step);
    return {...described, inputs: step.sources[0].slice(), silentUnits: units, silentShare: shareOf(units)};
  });
}
