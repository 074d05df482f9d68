"use strict";
// What a step does, in words.

const OPERATIONS = {
  image: "picture", conv: "convolution", dense: "dense layer", batch_norm: "batch norm", activation: "activation",
  max_pool: "max pooling", avg_pool: "average pooling", flatten: "flatten", add: "sum", mean: "mean", concat: "concatenation",
};
const operationName = op => OPERATIONS[op] ?? op.replaceAll("_", " ");

// The steps of the chosen network, the image first.
function walkedSteps() {
  const image = {op: "image", name: "picture", shape: chosenSet().shape, parameters: 0, inputs: []};
  return [image, ...chosenArm().steps];
}

const isLast = index => index === walkedSteps().length - 1;
const shapeBefore = step => (step.inputs[0] === -1 ? chosenSet().shape : chosenArm().steps[step.inputs[0]].shape);

// Names of the steps that a step takes its numbers from, if that is not the step before.
function otherInputs(step, index) {
  if (step.inputs.length === 1 && step.inputs[0] === index - 2) return "";
  return listed(step.inputs.map(input => (input === -1 ? "picture" : chosenArm().steps[input].name)));
}

function stepSentence(step) {
  if (step.op === "image") return "The networks get these numbers: one for each pixel and colour, made smaller so that they lie around 0.";
  const change = `${formatShape(shapeBefore(step))} numbers go in, ${formatShape(step.shape)} come out.`;
  const text = {
    conv: convolutionText, dense: denseText,
    activation: () => `Each number goes through the function ${chosenArm().name} on its own.`,
    max_pool: () => "Of each small square, only the largest number is kept.",
    avg_pool: () => "Each small square is replaced by its mean.",
    flatten: () => "The maps are written one after the other, as one long list. No number changes.",
    batch_norm: () => "Each map or unit is shifted and scaled by numbers that were fixed in training.",
    add: () => "The numbers of several steps are added, place by place.",
    concat: () => "The maps of several steps are put together.",
    mean: () => "Each map is replaced by its mean.",
  }[step.op];
  return text ? `${change} ${text(step)}` : change;
}

const withBias = step => (step.bias ? " + 1 bias" : "");

function convolutionText(step) {
  const [filters, channels, height, width] = step.weight.shape;
  return `${plural(filters, "filter")} × (${height}×${width}×${channels} weights${withBias(step)}) = ${plural(step.parameters, "parameter")}.`;
}

function denseText(step) {
  const [units, inputs] = step.weight.shape;
  return `${plural(units, "unit")} × (${formatCount(inputs)} weights${withBias(step)}) = ${plural(step.parameters, "parameter")}.`;
}

function stepTitle(step, index) {
  if (step.op === "image") return "The picture";
  const name = isLast(index) ? "logits and probabilities" : operationName(step.op);
  return name.startsWith(step.name) ? name[0].toUpperCase() + name.slice(1) : `${step.name}: ${name}`;
}
