'use strict';
// A drawing → 28×28 pixels as those of MNIST were prepared. The same as digits/handwriting.py for one digit.

const DIGIT_SIDE = 28, BOX = 20, CENTRE = 14, LARGEST_DRAWING = 512;
const MIN_PIECE_SHARE = 0.05, MAX_PIECES = 40, MIN_INK = 0.25, BLUR = 0.2, THIN_STROKE = 0.06, TARGET_STROKE = 0.12;

// The pixels (28·28) of a square drawing; null if nothing is drawn.
function prepareDrawing(grey, side) {
  if (side > LARGEST_DRAWING) throw new Error(`A drawing may have up to ${LARGEST_DRAWING}×${LARGEST_DRAWING} pixels.`);
  const ink = separateInk(grey, side, side);
  const kept = ink && keepLargePieces(ink, side, side);
  return kept && centreDigit(scaleToBox(thicken(cropped(kept))));
}

// The ink without dust; null if most of it is dust or noise.
function keepLargePieces(ink, height, width) {
  const {labels, pieces} = findPieces(ink, height, width);
  const largest = Math.max(0, ...pieces.map(piece => piece.area));
  const large = pieces.map(({area, strong}) => strong && area > MIN_PIECE_SHARE * largest);
  const areaOf = chosen => chosen.reduce((sum, {area}) => sum + area, 0), kept = pieces.filter((_, i) => large[i]);
  if (!kept.length || areaOf(kept) < 0.5 * areaOf(pieces) || kept.length > MAX_PIECES) return null;
  const isKept = labels.map(label => label && large[label - 1] ? 1 : 0), near = dilated(isKept, height, width, 2);
  const result = ink.map((value, i) => near[i] && (isKept[i] || !labels[i]) ? value : 0);
  return {ink: result, height, width};
}

// Connected pieces of ink, also by corners: the label of each pixel, from 1, and what the pieces are.
function findPieces(ink, height, width) {
  const labels = new Int32Array(ink.length), pieces = [], stack = [];
  for (let start = 0; start < ink.length; start++) {
    if (!(ink[start] > MIN_INK) || labels[start]) continue;
    const piece = {area: 0, strong: false};
    pieces.push(piece);
    labels[start] = pieces.length;
    stack.push(start);
    while (stack.length) {
      const i = stack.pop(), x = i % width, y = (i - x) / width;
      piece.area++;
      piece.strong ||= ink[i] > 0.5;
      for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++) {
        for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) {
          const neighbour = v * width + u;
          if (labels[neighbour] || !(ink[neighbour] > MIN_INK)) continue;
          labels[neighbour] = pieces.length;
          stack.push(neighbour);
        }
      }
    }
  }
  return {labels, pieces};
}

// Set pixels with all that are at most `reach` away, in a square.
function dilated(set, height, width, reach) {
  const result = new Uint8Array(set.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    if (!set[y * width + x]) continue;
    for (let v = Math.max(y - reach, 0); v <= Math.min(y + reach, height - 1); v++) {
      result.fill(1, v * width + Math.max(x - reach, 0), v * width + Math.min(x + reach, width - 1) + 1);
    }
  }
  return result;
}

// The smallest part with all the ink, sharpened.
function cropped({ink, height, width}) {
  const largest = ink.reduce((most, value) => Math.max(most, value), 0), scaled = ink.map(value => value / largest);
  const whole = boundsOf(scaled, height, width);
  if (Math.max(whole.bottom - whole.top, whole.right - whole.left) >= 2 * BOX) {
    for (let i = 0; i < scaled.length; i++) scaled[i] = Math.min(Math.max((scaled[i] - BLUR) / (1 - BLUR), 0), 1);
  }
  const {top, bottom, left, right} = boundsOf(scaled, height, width);
  return resized(scaled, width, -top, -left, bottom - top + 1, right - left + 1);
}

function boundsOf(ink, height, width) {
  const found = {top: height, bottom: -1, left: width, right: -1};
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    if (!(ink[y * width + x] > 0.05)) continue;
    found.top = Math.min(found.top, y);
    found.bottom = y;
    found.left = Math.min(found.left, x);
    found.right = Math.max(found.right, x);
  }
  return found;
}

// The ink moved down and to the right into a field of another size, which is empty elsewhere.
function resized(ink, inkWidth, down, right, height, width) {
  const result = new Float64Array(height * width), inkHeight = ink.length / inkWidth;
  for (let y = Math.max(0, down); y < Math.min(height, down + inkHeight); y++) {
    for (let x = Math.max(0, right); x < Math.min(width, right + inkWidth); x++) {
      result[y * width + x] = ink[(y - down) * inkWidth + x - right];
    }
  }
  return {ink: result, height, width};
}

// Widens strokes that are too thin to survive scaling to 20 pixels.
function thicken({ink, height, width}) {
  const framed = resized(ink, width, 1, 1, height + 2, width + 2);
  const depth = distanceTo(framed.ink.map(value => value > 0.5 ? 0 : 1), framed.height, framed.width);
  // Across a stroke the depth grows evenly to half its width; the percentile ignores frayed edges.
  const stroke = percentile(depth.filter(value => value > 0), 0.9) / 0.45, side = Math.max(height, width);
  if (stroke >= THIN_STROKE * side) return {ink, height, width};
  const margin = (TARGET_STROKE * side - stroke) / 2, frame = Math.trunc(margin) + 1;
  const padded = resized(ink, width, frame, frame, height + 2 * frame, width + 2 * frame);
  const distance = distanceTo(padded.ink.map(value => value > 0.5 ? 1 : 0), padded.height, padded.width);
  const thicker = padded.ink.map((value, i) => Math.max(value, Math.min(Math.max(margin + 0.5 - distance[i], 0), 1)));
  return {...padded, ink: thicker};
}

// Scales the longer side to 20 pixels.
function scaleToBox({ink, height, width}) {
  const longer = Math.max(height, width), filter = longer > BOX ? BOX_FILTER : CUBIC_FILTER;
  const [newHeight, newWidth] = [height, width].map(side => Math.max(1, roundHalfToEven(side * BOX / longer)));
  // Along the rows, then along the columns; in between and afterwards 32-bit numbers, as Pillow has them.
  const narrow = scaleRows(Float32Array.from(ink), height, width, newWidth, filter);
  const scaled = transposed(scaleRows(transposed(narrow, height, newWidth), newWidth, height, newHeight, filter), newWidth, newHeight);
  const largest = scaled.reduce((most, value) => Math.max(most, value), 0);
  const clipped = Float64Array.from(scaled, value => Math.min(Math.max(value / largest, 0), 1));
  return {ink: clipped, height: newHeight, width: newWidth};
}

const BOX_FILTER = {support: 0.5, weight: x => x > -0.5 && x <= 0.5 ? 1 : 0};
const CUBIC_FILTER = {
  support: 2,
  weight: x => {
    const a = -0.5, d = Math.abs(x);
    return d < 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
  },
};

// Resizes each row. Every new pixel is a weighted mean of those below the filter, as Pillow computes it.
function scaleRows(values, rows, width, newWidth, {support, weight}) {
  if (newWidth === width) return values;
  const scale = width / newWidth, stretch = Math.max(scale, 1), reach = support * stretch;
  const result = new Float32Array(rows * newWidth);
  for (let x = 0; x < newWidth; x++) {
    const centre = (x + 0.5) * scale, first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const count = Math.min(width, Math.trunc(centre + reach + 0.5)) - first;
    const weights = Float64Array.from({length: count}, (_, i) => weight((i + first - centre + 0.5) / stretch));
    const total = weights.reduce((sum, value) => sum + value, 0);
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += values[row * width + first + i] * (weights[i] / total);
      result[row * newWidth + x] = sum;
    }
  }
  return result;
}

function transposed(values, rows, columns) {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column];
  }
  return result;
}

// Places it with its centre of mass at the centre, to the nearest pixel and without cropping.
function centreDigit({ink, height, width}) {
  let sum = 0, sumX = 0, sumY = 0;
  ink.forEach((value, i) => {
    sum += value;
    sumX += value * (i % width);
    sumY += value * Math.floor(i / width);
  });
  const place = (mean, side) => Math.min(Math.max(roundHalfToEven(CENTRE - mean), 0), DIGIT_SIDE - side);
  const down = place(sumY / sum, height), right = place(sumX / sum, width);
  const field = resized(ink, width, down, right, DIGIT_SIDE, DIGIT_SIDE).ink;
  return Uint8Array.from(field, value => roundHalfToEven(255 * value));
}

function roundHalfToEven(value) {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}
