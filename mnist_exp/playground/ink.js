'use strict';
// Separates ink from paper, whichever of them is dark. The same as digits/ink.py.

const MIN_CONTRAST = 24, MIN_CONTRAST_SDS = 5, BINS = 256;

// The amount of ink in each pixel, from 0 to 1; null for an image that is empty or nearly uniform.
function separateInk(grey, height, width) {
  const found = findPaper(grey, height, width);
  if (!found) return null;
  const {paper, amount} = found;
  if (sumOf(chosen(amount, paper, 0)) < 0) for (let i = 0; i < amount.length; i++) amount[i] *= -1;
  const full = percentile(chosen(amount, paper, 0), 0.75);
  if (full < Math.max(MIN_CONTRAST, MIN_CONTRAST_SDS * deviation(chosen(amount, paper, 1)))) return null;
  const noise = 4 * noiseLevel(amount, paper, width);
  for (let i = 0; i < amount.length; i++) amount[i] = Math.min(Math.max((amount[i] - noise) / (full - noise), 0), 1);
  return amount;
}

// The values at the places where `marks` is `mark`.
function chosen(values, marks, mark) {
  const found = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (marks[i] === mark) found[count++] = values[i];
  return found.subarray(0, count);
}

function sumOf(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}

// Which pixels are paper, and by how much each pixel is lighter than it.
function findPaper(grey, height, width) {
  const median = percentile(new Float64Array(grey), 0.5), paper = new Uint8Array(grey.length);
  const amount = new Float64Array(grey);
  for (let i = 0; i < amount.length; i++) amount[i] -= median;
  for (let round = 0; round < 3; round++) { // each finds the paper, and the uneven light on it, more precisely
    const threshold = otsuThreshold(amount);
    for (let i = 0; i < amount.length; i++) paper[i] = amount[i] > threshold ? 1 : 0;
    const share = sumOf(paper) / paper.length; // at first of the light pixels
    if (share === 0 || share === 1) return null;
    if (!backgroundIsLight(paper, height, width, share)) for (let i = 0; i < paper.length; i++) paper[i] = 1 - paper[i];
    subtractPlane(grey, paper, height, width, amount);
  }
  return {paper, amount};
}

// The level that separates the pixels into two classes with the largest variance between them (Otsu 1979).
function otsuThreshold(values) {
  const {counts, edges} = histogram(values);
  const middle = counts.map((_, i) => (edges[i] + edges[i + 1]) / 2);
  const all = values.length, sum = counts.reduce((total, count, i) => total + count * middle[i], 0);
  let best = -1, places = [], below = 0, total = 0;
  for (let i = 0; i < BINS - 1; i++) {
    below += counts[i];
    total += counts[i] * middle[i];
    const above = all - below;
    const difference = total / Math.max(below, 1) - (sum - total) / Math.max(above, 1);
    const between = below * above * difference ** 2;
    if (between > best) [best, places] = [between, [i]];
    else if (between === best) places.push(i);
  }
  const mean = places.reduce((total, place) => total + place, 0) / places.length;
  return edges[1 + Math.trunc(mean)]; // in a gap between the classes: its middle
}

function histogram(values) {
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const edges = Float64Array.from({length: BINS + 1}, (_, i) => i === BINS ? high : low + i * ((high - low) / BINS));
  const counts = new Float64Array(BINS);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    let bin = Math.min(Math.floor((value - low) / (high - low) * BINS), BINS - 1);
    if (value < edges[bin]) bin--;
    else if (bin < BINS - 1 && value >= edges[bin + 1]) bin++;
    counts[bin]++;
  }
  return {counts, edges};
}

// Whether most of the border is light; if the border is undecided, whether most of the image is.
function backgroundIsLight(light, height, width, share) {
  let sum = 0;
  for (let x = 0; x < width; x++) sum += light[x] + light[(height - 1) * width + x];
  for (let y = 0; y < height; y++) sum += light[y * width] + light[y * width + width - 1];
  const border = sum / (2 * (height + width));
  return Math.abs(border - 0.5) > 0.1 ? border > 0.5 : share > 0.5;
}

// The grey levels minus the light on the paper, which is a plane fitted to the paper by least squares.
function subtractPlane(grey, paper, height, width, amount) {
  const side = Math.max(height, width);
  let n = 0, sumX = 0, sumY = 0, sumXX = 0, sumXY = 0, sumYY = 0, sum = 0, sumXGrey = 0, sumYGrey = 0;
  for (let row = 0, i = 0; row < height; row++) for (let column = 0, y = row / side; column < width; column++, i++) {
    if (!paper[i]) continue;
    const x = column / side, value = grey[i];
    n++;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
    sumYY += y * y;
    sum += value;
    sumXGrey += x * value;
    sumYGrey += y * value;
  }
  const products = [[n, sumX, sumY], [sumX, sumXX, sumXY], [sumY, sumXY, sumYY]];
  const [constant, slopeX, slopeY] = solve(products, [sum, sumXGrey, sumYGrey]);
  for (let row = 0, i = 0; row < height; row++) for (let column = 0; column < width; column++, i++) {
    amount[i] = grey[i] - (constant + slopeX * column / side + slopeY * row / side);
  }
}

// Three linear equations. Where they do not decide, as with paper on one line, the plane is level.
function solve(matrix, sums) {
  const [[a, b, c], [d, e, f], [g, h, k]] = matrix;
  const determinant = a * (e * k - f * h) - b * (d * k - f * g) + c * (d * h - e * g);
  if (Math.abs(determinant) < 1e-9 * a ** 3) return [sums[0] / a, 0, 0];
  const [p, q, r] = sums;
  return [
    (p * (e * k - f * h) - b * (q * k - f * r) + c * (q * h - e * r)) / determinant,
    (a * (q * k - f * r) - p * (d * k - f * g) + c * (d * r - q * g)) / determinant,
    (a * (e * r - q * h) - b * (d * r - q * g) + p * (d * h - e * g)) / determinant,
  ];
}

// The median difference of neighbouring paper pixels.
function noiseLevel(amount, paper, width) {
  const differences = new Float64Array(amount.length);
  let count = 0;
  for (let row = 0; row < amount.length; row += width) for (let i = row + 1; i < row + width; i++) {
    if (paper[i] && paper[i - 1]) differences[count++] = Math.abs(amount[i] - amount[i - 1]);
  }
  return count ? percentile(differences.subarray(0, count), 0.5) : 0;
}

function deviation(values) {
  const mean = sumOf(values) / values.length;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - mean) ** 2;
  return Math.sqrt(sum / values.length);
}
