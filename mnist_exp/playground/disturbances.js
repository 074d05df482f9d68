'use strict';
// Disturbed images, and which part of an image is the evidence for an answer.

const LEVELS = Array.from({length: 21}, (_, i) => i / 20);
const LARGEST_NOISE = 255, LARGEST_BLUR = 1 / 7; // at level 1: the noise's sd, and the blur's sd as a share of the side

// Evenly distributed numbers from 0 to 1, the same for the same seed (Mulberry32).
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// An image with noise or blur; level 0 is the image itself, 1 the strongest. The same seed makes the same noise.
function disturbed(pixels, shape, disturbance, level, seed) {
  if (!level) return Uint8Array.from(pixels);
  if (disturbance === 'noise') return withNoise(pixels, level * LARGEST_NOISE, seed);
  if (disturbance === 'blur') return blurred(pixels, shape, level * LARGEST_BLUR * Math.max(shape[1], shape[2]));
  throw new Error(`${disturbance} is neither noise nor blur.`);
}

const toPixel = value => Math.min(Math.max(Math.round(value), 0), 255);

function withNoise(pixels, deviation, seed) {
  const random = randomNumbers(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()); // Box and Muller 1958
  return Uint8Array.from(pixels, pixel => toPixel(pixel + deviation * normal()));
}

// Gaussian blur; beyond its border the image goes on with its last pixel.
function blurred(pixels, [channels, height, width], deviation) {
  const reach = Math.ceil(3 * deviation);
  const weights = Float64Array.from({length: 2 * reach + 1}, (_, i) => Math.exp(-(((i - reach) / deviation) ** 2) / 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const along = (values, index) => values.map((_, i) =>
    weights.reduce((sum, weight, j) => sum + weight * values[index(i, j - reach)], 0) / total);
  const clip = (place, side) => Math.min(Math.max(place, 0), side - 1);
  const rows = along(Float64Array.from(pixels), (i, by) => i - i % width + clip(i % width + by, width));
  const both = along(rows, (i, by) => {
    const y = Math.floor(i / width) % height;
    return i + (clip(y + by, height) - y) * width;
  });
  return Uint8Array.from(both, toPixel);
}

// The places whose evidence is measured: every second row and column, and the last ones.
const everySecond = side => Array.from({length: side}, (_, i) => i).filter(i => i % 2 === 0 || i === side - 1);

// The image with a square around a place replaced by the background; null if that changes nothing.
function withPatch(pixels, [channels, height, width], y, x, patch, background) {
  const reach = (patch - 1) / 2, covered = Uint8Array.from(pixels);
  let changed = false;
  for (let channel = 0; channel < channels; channel++) {
    for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
      for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
        const i = (channel * height + v) * width + u;
        changed ||= covered[i] !== background[channel];
        covered[i] = background[channel];
      }
    }
  }
  return changed ? covered : null;
}

const logProbability = (logits, index) => {
  const largest = Math.max(...logits);
  return logits[index] - largest - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
};

// Between measured places, the value is linear.
function fillBetween(map, height, width) {
  for (const y of everySecond(height)) for (let x = 1; x < width - 1; x += 2) {
    map[y * width + x] = (map[y * width + x - 1] + map[y * width + x + 1]) / 2;
  }
  for (let y = 1; y < height - 1; y += 2) for (let x = 0; x < width; x++) {
    map[y * width + x] = (map[(y - 1) * width + x] + map[(y + 1) * width + x]) / 2;
  }
  return map;
}
