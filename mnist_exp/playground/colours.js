"use strict";
// Colours of numbers: blue is positive, red is negative, in strength by the size of the number.

const darkTheme = matchMedia("(prefers-color-scheme: dark)");
const LIGHT_SCALE = {negative: [[250, 196, 170], [214, 96, 77], [140, 12, 38]], zero: [245, 246, 247], positive: [[171, 207, 232], [67, 137, 196], [10, 60, 120]]};
const DARK_SCALE = {negative: [[92, 42, 36], [196, 88, 66], [255, 176, 148]], zero: [33, 37, 43], positive: [[30, 58, 92], [62, 128, 196], [160, 212, 255]]};
const STRENGTHS = 255;

// One 32-bit number per pixel, as canvases store them: that is much faster than setting four numbers.
const packed = rgb => new Uint32Array(Uint8ClampedArray.from([...rgb, 255]).buffer)[0];

function mixed(stops, at) {
  const place = at * (stops.length - 1), i = Math.min(Math.floor(place), stops.length - 2);
  return stops[i].map((from, part) => from + (stops[i + 1][part] - from) * (place - i));
}

function makeScale({negative, zero, positive}) {
  const colours = new Uint32Array(2 * STRENGTHS + 1);
  for (let i = -STRENGTHS; i <= STRENGTHS; i++) {
    colours[i + STRENGTHS] = packed(mixed([zero, ...(i < 0 ? negative : positive)], Math.abs(i) / STRENGTHS));
  }
  return colours;
}

const scales = {light: makeScale(LIGHT_SCALE), dark: makeScale(DARK_SCALE)};
const currentScale = () => (darkTheme.matches ? scales.dark : scales.light);

// The colour of a value, where `limit` is the largest size.
const colourOf = (scale, value, limit) => scale[STRENGTHS + Math.round(Math.max(-1, Math.min(1, value / limit)) * STRENGTHS)];

const cssColour = colour => `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;

function largestSize(values) {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest || 1;
}

// The colours from the smallest to the largest number, with both ends as text.
function legend(limit, meaning = "", ends = [formatNumber(-limit), `+${formatNumber(limit)}`]) {
  const {negative, zero, positive} = darkTheme.matches ? DARK_SCALE : LIGHT_SCALE, bar = element("span", {className: "legend-bar", ariaHidden: "true"});
  bar.style.background = `linear-gradient(to right, ${[...negative.toReversed(), zero, ...positive].map(rgb => `rgb(${rgb})`)})`;
  const [left, right] = ends.map(textContent => element("span", {textContent}));
  return element("p", {className: "legend"}, left, bar, right, element("span", {className: "legend-text", textContent: meaning || "red: negative, blue: positive"}));
}
