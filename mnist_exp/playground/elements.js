"use strict";
// Elements of the page, and numbers as text.

const $ = id => document.getElementById(id);

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// The width inside an element's padding. Measured once for each size of the window, because measuring waits for a layout.
const widths = new Map();
addEventListener("resize", () => widths.clear());

function innerWidthOf(target) {
  if (widths.has(target)) return widths.get(target);
  const width = target.getBoundingClientRect().width - 2 * parseFloat(getComputedStyle(target).paddingLeft);
  if (width > 0) widths.set(target, width);  // not while it is hidden
  return width;
}

function dotOf(arm) {
  const dot = element("span", {className: "dot"});
  dot.style.background = arm.colour;
  return dot;
}

// With spaces at which no line breaks.
function percent(share) {
  if (share > 0.9995 && share < 1) return ">\u00a099.9\u00a0%";
  if (share > 0 && share < 0.0005) return "<\u00a00.1\u00a0%";
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

const countFormat = new Intl.NumberFormat("en-GB");  // made once: number.toLocaleString() makes one for each call
const formatCount = number => countFormat.format(number);
const formatShape = ([channels, ...size]) => [...size, channels].map(formatCount).join("×");

function formatNumber(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001 || size >= 1e5) return value.toExponential(1).replace("-", "−").replace("e+", "e");
  return value.toFixed(size < 1 ? 3 : 2).replace("-", "−");
}

// How often as large: "31", "1.5", or "12,000".
const formatFactor = factor => (factor < 10 ? factor.toFixed(factor < 1.1 ? 3 : 1) : formatCount(Number(factor.toPrecision(2))));

const plural = (number, word) => `${formatCount(number)} ${word}${number === 1 ? "" : "s"}`;

function listed(words, joint = "and") {
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} ${joint} ${words.at(-1)}` : words.join("");
}
