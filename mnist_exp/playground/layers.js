"use strict";
const percent = share => `${(100 * share).toFixed(1)} %`;
const decode = base64 => Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

// ---- layers

// Dark blue, teal, yellow, in rising lightness: colour-blind readers can distinguish them.
const SCALE = [[18, 20, 60], [35, 75, 125], [45, 125, 135], [115, 175, 105], [250, 225, 70]];
// One 32-bit number per pixel, as canvases store them: setting four numbers took longer than the networks do.
const packed = rgb => new Uint32Array(Uint8ClampedArray.from([...rgb, 255]).buffer)[0];
const COLOURS = Uint32Array.from({length: 256}, (_, value) => {
  const at = value / 255 * (SCALE.length - 1), i = Math.min(Math.floor(at), SCALE.length - 2);
  return packed(SCALE[i].map((from, part) => from + (SCALE[i + 1][part] - from) * (at - i)));
});
const GAP = 2;  // pixels between two maps

function layerElement(layer) {
  const {name, height, width, units} = layer, dense = height * width === 1;
  const columns = dense ? 32 : units > 32 ? 16 : 8, zoom = dense ? 14 : Math.max(2, Math.round(560 / columns / width));
  const rows = Math.ceil(units / columns), text = describeLayer(layer, dense);
  const sheet = element("canvas", {width: columns * (width * zoom + GAP) - GAP, height: rows * (height * zoom + GAP) - GAP});
  sheet.setAttribute("role", "img");
  sheet.ariaLabel = `${dense ? "Units" : "Feature maps"} of ${name}: ${text}`;
  drawMaps(sheet.getContext("2d"), layer, columns, zoom);
  return element("div", {className: "layer"}, element("p", {}, element("b", {textContent: name}), ` ${text}`), sheet);
}

function describeLayer({units, minimum, maximum, silent_units: silent, silent_share: share}, dense) {
  const count = `${silent.length} of ${units} ${dense ? "units" : "channels"} silent${silent.length ? " (×)" : ""}`;
  const positions = dense ? "" : `, ${percent(share)} of positions`;
  return `${count}${positions}. Values ${minimum.toFixed(2)} (dark) to ${maximum.toFixed(2)} (bright)`;
}

function drawMaps(context, {height, width, units, silent_units: silent, maps}, columns, zoom) {
  const map = new OffscreenCanvas(width, height), mapContext = map.getContext("2d");
  const image = mapContext.createImageData(width, height), pixels = new Uint32Array(image.data.buffer);
  const values = decode(maps), size = height * width;
  context.imageSmoothingEnabled = false;
  for (let unit = 0; unit < units; unit++) {
    for (let i = 0; i < size; i++) pixels[i] = COLOURS[values[unit * size + i]];
    mapContext.putImageData(image, 0, 0);
    const x = (unit % columns) * (width * zoom + GAP), y = Math.floor(unit / columns) * (height * zoom + GAP);
    context.drawImage(map, x, y, width * zoom, height * zoom);
    if (silent.includes(unit)) drawCross(context, x, y, width * zoom, height * zoom);
  }
}

function drawCross(context, x, y, width, height) {
  const [left, right, top, bottom] = [x + width * 0.25, x + width * 0.75, y + height * 0.25, y + height * 0.75];
  context.strokeStyle = "#ffffff99";
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(left, top); context.lineTo(right, bottom);
  context.moveTo(right, top); context.lineTo(left, bottom);
  context.stroke();
}
