"use strict";
// The drawing area: mouse, finger, pen and keyboard draw on it; a test image may lie below the strokes.

const SIDE = 280, STEP = 10, SMALL_STEP = 2;  // pixels
const canvas = $("canvas"), context = canvas.getContext("2d", {willReadFrequently: true});
const strokes = [];      // each {width, points: [[x, y], …]}
let testImage = null;    // {sample, example, image}: the index of a test image, whether a stroke replaces it, its canvas
let pointer = null;      // while mouse, finger or pen draws: {id, stroke}
const cursor = {x: SIDE / 2, y: SIDE / 2, stroke: null};  // the pen of the keyboard

function paint() {
  context.fillStyle = "#000";
  context.fillRect(0, 0, SIDE, SIDE);
  context.imageSmoothingEnabled = false;
  if (testImage) context.drawImage(testImage.image, 0, 0, SIDE, SIDE);
  context.strokeStyle = "#fff";
  context.lineCap = context.lineJoin = "round";
  for (const {width, points} of strokes) {
    context.lineWidth = width;
    context.beginPath();
    points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    if (points.length === 1) context.lineTo(points[0][0] + 0.01, points[0][1]);  // a dot
    context.stroke();
  }
}

function pictureChanged() {
  paint();
  const image = testImage && `test picture ${chosenSet().samples.indices[testImage.sample]}`;
  const parts = [image, strokes.length && plural(strokes.length, "stroke")].filter(Boolean);
  const area = chosenSet().drawable ? "Drawing area" : "Picture";
  canvas.ariaLabel = `${area}, ${parts.join(", ") || "empty"}`;
  const sample = testImage ? testImage.sample : null;
  if (sample !== markedSample) markSample(sample);
  update();
}

// The input of the networks, and their answers: to a test image as it is, or to the drawing as the worker prepares it.
async function readPicture(network) {
  if (testImage && !strokes.length) {
    const {sample} = testImage, pixels = samplesOf(chosenSet())[sample];
    const {arms} = await computers.drawing.ask("predict", {network, pixels});
    return {picture: {pixels, label: chosenSet().samples.labels[sample]}, answers: arms};
  }
  if (!strokes.length) return {picture: null, answers: null};
  const {data} = context.getImageData(0, 0, SIDE, SIDE), grey = new Uint8ClampedArray(SIDE * SIDE);
  for (let i = 0; i < grey.length; i++) grey[i] = data[4 * i];
  const {pixels, arms} = await computers.drawing.ask("read", {network, side: SIDE, grey});
  return {picture: pixels && {pixels, label: null}, answers: arms};
}

function startStroke(x, y) {
  if (testImage?.example) testImage = null;
  strokes.push({width: Number($("pen").value), points: [[x, y]]});
  return strokes.at(-1);
}

// ---- mouse, finger and pen

function position(event, box = canvas.getBoundingClientRect()) {
  return [(event.clientX - box.left) * SIDE / box.width, (event.clientY - box.top) * SIDE / box.height];
}

canvas.addEventListener("pointerdown", event => {
  if (pointer || event.button || !chosenSet().drawable) return;
  canvas.setPointerCapture(event.pointerId);
  pointer = {id: event.pointerId, stroke: startStroke(...position(event))};
  hideCursor();
  pictureChanged();
});
canvas.addEventListener("pointermove", event => {
  if (!pointer || event.pointerId !== pointer.id) return;
  const parts = event.getCoalescedEvents ? event.getCoalescedEvents() : [], box = canvas.getBoundingClientRect();
  for (const part of parts.length ? parts : [event]) pointer.stroke.points.push(position(part, box));
  pictureChanged();
});
for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, event => { if (pointer && event.pointerId === pointer.id) pointer = null; });
}

// ---- keyboard

function showCursor() {
  const mark = $("cursor"), size = Number($("pen").value) * canvas.clientWidth / SIDE;
  mark.hidden = false;
  mark.style.left = `${100 * cursor.x / SIDE}%`;
  mark.style.top = `${100 * cursor.y / SIDE}%`;
  mark.style.width = mark.style.height = `${size}px`;
  mark.classList.toggle("down", Boolean(cursor.stroke));
}

function hideCursor() {
  $("cursor").hidden = true;
  cursor.stroke = null;
}

const DIRECTIONS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

function moveCursor([dx, dy], step) {
  const clamp = value => Math.min(SIDE, Math.max(0, value));
  [cursor.x, cursor.y] = [clamp(cursor.x + dx * step), clamp(cursor.y + dy * step)];
  if (cursor.stroke) { cursor.stroke.points.push([cursor.x, cursor.y]); pictureChanged(); }
}

function startOrEndStroke() {
  cursor.stroke = cursor.stroke ? null : startStroke(cursor.x, cursor.y);
  if (cursor.stroke) pictureChanged();
}

canvas.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || !chosenSet().drawable) return;
  if (DIRECTIONS[event.key]) moveCursor(DIRECTIONS[event.key], event.shiftKey ? SMALL_STEP : STEP);
  else if (event.key === " " || event.key === "Enter") startOrEndStroke();
  else if (event.key === "Backspace") undo();
  else if (event.key === "Escape" || event.key === "Delete") clearDrawing();
  else return;
  event.preventDefault();
  showCursor();
});
canvas.addEventListener("focus", () => { if (canvas.matches(":focus-visible") && chosenSet().drawable) showCursor(); });
canvas.addEventListener("blur", hideCursor);

// ---- buttons

function undo() {
  cursor.stroke = null;
  if (strokes.length) strokes.pop(); else testImage = null;
  pictureChanged();
}

function clearDrawing() {
  cursor.stroke = null;
  strokes.length = 0;
  testImage = null;
  pictureChanged();
}

function savePicture() {
  canvas.toBlob(blob => {
    const link = element("a", {href: URL.createObjectURL(blob), download: "picture.png"});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}

$("undo").addEventListener("click", undo);
$("clear").addEventListener("click", clearDrawing);
$("save").addEventListener("click", savePicture);
