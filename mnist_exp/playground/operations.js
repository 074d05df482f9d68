'use strict';
// Operations of a network on arrays of 32-bit numbers. Maps are stored channel by channel, row by row.
// Each function fills `output`; nothing is allocated while a network runs.

// Products of rows: output[r · columns + c] = bias[r] + Σ weights[r][k] · inputs[c][k], four rows at a time.
function multiplyRows(weights, rows, inputs, columns, size, bias, output, weightsAt = 0, rowAt = 0) {
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    const first = weightsAt + row * size, second = first + size, third = second + size, fourth = third + size;
    const b = rowAt + row;
    const bias0 = bias ? bias[b] : 0, bias1 = bias ? bias[b + 1] : 0;
    const bias2 = bias ? bias[b + 2] : 0, bias3 = bias ? bias[b + 3] : 0;
    for (let column = 0; column < columns; column++) {
      const at = column * size;
      let sum0 = bias0, sum1 = bias1, sum2 = bias2, sum3 = bias3;
      for (let k = 0; k < size; k++) {
        const value = inputs[at + k];
        sum0 += weights[first + k] * value;
        sum1 += weights[second + k] * value;
        sum2 += weights[third + k] * value;
        sum3 += weights[fourth + k] * value;
      }
      const to = b * columns + column;
      output[to] = sum0;
      output[to + columns] = sum1;
      output[to + 2 * columns] = sum2;
      output[to + 3 * columns] = sum3;
    }
  }
  for (; row < rows; row++) {
    const from = weightsAt + row * size, start = bias ? bias[rowAt + row] : 0;
    for (let column = 0; column < columns; column++) {
      let sum = start;
      for (let k = 0, at = column * size; k < size; k++) sum += weights[from + k] * inputs[at + k];
      output[(rowAt + row) * columns + column] = sum;
    }
  }
}

// The part of the maps below the kernel, for each place of the output: places × (channels · kernel area).
function gatherPatches(step, input, [, height, width], channelsAt, channels, patches) {
  const [, , kernelHeight, kernelWidth] = step.weight.shape;
  const [, outHeight, outWidth] = step.shape;
  const [strideY, strideX] = step.stride, [dilationY, dilationX] = step.dilation, [top, left] = step.padding;
  let to = 0;
  for (let y = 0; y < outHeight; y++) for (let x = 0; x < outWidth; x++) {
    const firstY = y * strideY - top, firstX = x * strideX - left;
    for (let channel = channelsAt; channel < channelsAt + channels; channel++) {
      for (let ky = 0, inY = firstY; ky < kernelHeight; ky++, inY += dilationY) {
        const row = (channel * height + inY) * width, inside = inY >= 0 && inY < height;
        for (let kx = 0, inX = firstX; kx < kernelWidth; kx++, inX += dilationX) {
          patches[to++] = inside && inX >= 0 && inX < width ? input[row + inX] : 0;
        }
      }
    }
  }
}

function convolve(step, input, shape, output) {
  const [rows, channels, kernelHeight, kernelWidth] = step.weight.shape;
  const places = step.shape[1] * step.shape[2], size = channels * kernelHeight * kernelWidth;
  const rowsPerGroup = rows / step.groups;
  for (let group = 0; group < step.groups; group++) {
    gatherPatches(step, input, shape, group * channels, channels, step.patches);
    const row = group * rowsPerGroup;
    multiplyRows(step.weights, rowsPerGroup, step.patches, places, size, step.biases, output, row * size, row);
  }
}

function dense(step, input, shape, output) {
  multiplyRows(step.weights, step.weight.shape[0], input, 1, step.weight.shape[1], step.biases, output);
}

function normalise(step, input, shape, output) {
  const places = input.length / shape[0];
  for (let channel = 0, i = 0; channel < shape[0]; channel++) {
    const factor = step.factors[channel], shift = step.shifts[channel];
    for (let place = 0; place < places; place++, i++) output[i] = input[i] * factor + shift;
  }
}

// A table, linear between its inputs and beyond its ends, but for segments with a bend.
function applyCurve({low, step, table, bends}, input, output, from, to) {
  const last = table.length - 2;
  for (let i = from; i < to; i++) {
    const place = (input[i] - low) / step;
    const left = place <= 0 ? 0 : place >= last ? last : Math.floor(place);
    const value = table[left];
    output[i] = value + (place - left) * (table[left + 1] - value);
  }
  for (const {at, value, segment} of bends) {
    const start = low + segment * step, end = start + step;
    for (let i = from; i < to; i++) {
      const x = input[i];
      if (x < start || x >= end) continue;
      output[i] = x < at ? value - (at - x) / (at - start) * (value - table[segment])
        : value + (x - at) / (end - at) * (table[segment + 1] - value);
    }
  }
}

function applyCurves(step, input, shape, output) {
  const channels = step.curvesByChannel.length, size = input.length / channels;
  step.curvesByChannel.forEach((curve, i) => applyCurve(curve, input, output, i * size, (i + 1) * size));
}

// Max or average pooling. Beyond the maps there is nothing to choose, or zeros that may count in the average.
function pool(step, input, [channels, height, width], output) {
  const isMax = step.op === 'max_pool', [, outHeight, outWidth] = step.shape;
  const [strideY, strideX] = step.stride, [dilationY, dilationX] = step.dilation, [top, left] = step.padding;
  const [kernelHeight, kernelWidth] = step.kernel;
  for (let channel = 0, to = 0; channel < channels; channel++) {
    for (let y = 0; y < outHeight; y++) for (let x = 0; x < outWidth; x++) {
      let largest = -Infinity, sum = 0, count = 0;
      for (let ky = 0, inY = y * strideY - top; ky < kernelHeight; ky++, inY += dilationY) {
        if (inY < 0 || inY >= height) continue;
        const row = (channel * height + inY) * width;
        for (let kx = 0, inX = x * strideX - left; kx < kernelWidth; kx++, inX += dilationX) {
          if (inX < 0 || inX >= width) continue;
          const value = input[row + inX];
          if (value > largest) largest = value;
          sum += value;
          count++;
        }
      }
      output[to++] = isMax ? largest : sum / (step.count_padding ? kernelHeight * kernelWidth : count);
    }
  }
}

function adaptiveAverage(step, input, [channels, height, width], output) {
  const [, outHeight, outWidth] = step.shape;
  for (let channel = 0, to = 0; channel < channels; channel++) {
    for (let y = 0; y < outHeight; y++) for (let x = 0; x < outWidth; x++) {
      const top = Math.floor(y * height / outHeight), bottom = Math.ceil((y + 1) * height / outHeight);
      const left = Math.floor(x * width / outWidth), right = Math.ceil((x + 1) * width / outWidth);
      let sum = 0;
      for (let inY = top; inY < bottom; inY++) {
        for (let inX = left; inX < right; inX++) sum += input[(channel * height + inY) * width + inX];
      }
      output[to++] = sum / ((bottom - top) * (right - left));
    }
  }
}

function mean(step, input, [channels], output) {
  const places = input.length / channels;
  for (let channel = 0, i = 0; channel < channels; channel++) {
    let sum = 0;
    for (let place = 0; place < places; place++, i++) sum += input[i];
    output[channel] = sum / places;
  }
}

function move(step, input, shape, output) {
  if (!step.from) output.set(input);
  else for (let i = 0; i < output.length; i++) output[i] = step.from[i] < 0 ? 0 : input[step.from[i]];
}

function add(step, inputs, output) {
  const [first, second] = inputs;
  for (let i = 0; i < output.length; i++) output[i] = first[i] + second[i];
}

function multiply(step, inputs, output) {
  const [first, second] = inputs;
  for (let i = 0; i < output.length; i++) output[i] = first[i] * second[i];
}

function concat(step, inputs, output) {
  let at = 0;
  for (const input of inputs) {
    output.set(input, at);
    at += input.length;
  }
}

const UNARY = {
  conv: convolve, dense, batch_norm: normalise, activation: applyCurves, pointwise: applyCurves, max_pool: pool,
  avg_pool: pool, adaptive_avg_pool: adaptiveAverage, mean, flatten: move, move,
};
const SEVERAL = {add, multiply, concat};
