"use strict";
// Numbers as pictures: a sheet of feature maps, filters or units, of which one is selected.

const GAP = 3;  // pixels between two tiles

const smallCanvas = new OffscreenCanvas(1, 1), smallContext = smallCanvas.getContext("2d");

// Draw one tile: `values` from `start`, height × width numbers.
function drawTile(target, values, start, {height, width}, limit, x, y, tileWidth, tileHeight) {
  const scale = currentScale();
  if (height * width === 1) {
    target.fillStyle = cssColour(colourOf(scale, values[start], limit));
    target.fillRect(x, y, tileWidth, tileHeight);
    return;
  }
  if (smallCanvas.width !== width || smallCanvas.height !== height) Object.assign(smallCanvas, {width, height});
  const image = smallContext.createImageData(width, height), pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colourOf(scale, values[start + i], limit);
  smallContext.putImageData(image, 0, 0);
  target.imageSmoothingEnabled = false;
  target.drawImage(smallCanvas, x, y, tileWidth, tileHeight);
}

// Two lines, with an outline that stands out on every colour.
function drawCross(target, x, y, size) {
  const near = size * 0.22, far = size * 0.78;
  for (const [width, colour] of [[Math.max(3, size / 12), "#fff"], [Math.max(1.4, size / 26), "#000"]]) {
    target.strokeStyle = colour;
    target.lineWidth = width;
    target.beginPath();
    target.moveTo(x + near, y + near); target.lineTo(x + far, y + far);
    target.moveTo(x + far, y + near); target.lineTo(x + near, y + far);
    target.stroke();
  }
}

// The tiles of a step: count tiles of height × width numbers.
function tilesOf(shape) {
  const [count, height = 1, width = 1] = shape;
  return {count, height, width};
}

// How wide a tile is, so that few tiles are large and many still fit.
function tileSide({count, height}, available) {
  const narrow = available < 480, ofMaps = narrow ? 44 : count <= 32 ? 76 : 56;
  const ofUnits = count <= 32 ? 52 : count <= 128 ? (narrow ? 30 : 40) : count <= 300 ? 26 : 11, wanted = height > 1 ? ofMaps : ofUnits;
  const columns = Math.max(4, Math.min(count, Math.floor((available + GAP) / (wanted + GAP))));
  return {columns, side: Math.min(wanted * 1.3, Math.floor((available + GAP) / columns) - GAP)};
}

// A canvas with all tiles. Pointing or the arrow keys select one; the selection is reported.
class Sheet {
  constructor(name, onSelect) {
    this.canvas = element("canvas", {className: "sheet", tabIndex: 0});
    this.canvas.setAttribute("role", "slider");
    this.canvas.ariaLabel = name;
    this.onSelect = onSelect;
    this.canvas.addEventListener("pointermove", event => { if (event.pointerType === "mouse") this.point(event); });
    this.canvas.addEventListener("pointerdown", event => this.point(event));
    this.canvas.addEventListener("keydown", event => this.key(event));
  }

  draw({values, tiles, limit, silent = null, selected, describe}, available) {
    const {columns, side} = tileSide(tiles, available), ratio = Math.min(2, devicePixelRatio || 1);
    const rows = Math.ceil(tiles.count / columns), pitch = side + GAP;
    Object.assign(this, {columns, pitch, count: tiles.count, selected});
    const width = columns * pitch + GAP, height = rows * pitch + GAP;
    Object.assign(this.canvas, {width: width * ratio, height: height * ratio});
    Object.assign(this.canvas.style, {width: `${width}px`, height: `${height}px`});
    const target = this.canvas.getContext("2d");
    target.scale(ratio, ratio);
    for (let i = 0; i < tiles.count; i++) {
      const x = GAP + (i % columns) * pitch, y = GAP + Math.floor(i / columns) * pitch;
      drawTile(target, values, i * tiles.height * tiles.width, tiles, limit, x, y, side, side);
      if (silent && silent[i]) drawCross(target, x, y, side);
    }
    this.markSelected(target, side);
    this.canvas.ariaValueMin = "1";
    this.canvas.ariaValueMax = String(tiles.count);
    this.canvas.ariaValueNow = String(selected + 1);
    this.canvas.ariaValueText = describe(selected);
  }

  markSelected(target, side) {
    target.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
    target.lineWidth = GAP;
    const x = (this.selected % this.columns) * this.pitch, y = Math.floor(this.selected / this.columns) * this.pitch;
    target.strokeRect(x + GAP / 2, y + GAP / 2, side + GAP, side + GAP);
  }

  point(event) {
    const column = Math.min(this.columns - 1, Math.floor(event.offsetX / this.pitch));
    this.select(column + this.columns * Math.floor(event.offsetY / this.pitch));
  }

  key(event) {
    const moves = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns, Home: -this.selected, End: this.count - 1 - this.selected};
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.select(this.selected + moves[event.key]);
  }

  select(unit) {
    if (unit >= 0 && unit < this.count && unit !== this.selected) this.onSelect(unit);
  }
}

// One tile, large.
function largeTile(values, start, size, limit, side, label) {
  const made = element("canvas", {className: "large-tile", width: 2 * side, height: Math.round(2 * side * size.height / size.width)});
  made.setAttribute("role", "img");
  made.ariaLabel = label;
  drawTile(made.getContext("2d"), values, start, size, limit, 0, 0, made.width, made.height);
  return made;
}
