"use strict";
const $ = id => document.getElementById(id);
const SIDE = 280, SENT_SIDE = 140, STEP = 10, SMALL_STEP = 2;  // pixels
const canvas = $("canvas"), context = canvas.getContext("2d", {willReadFrequently: true});
const strokes = [];              // each {width, points: [[x, y], …]}
let networks = [];               // what the server has
let testSize = 0, testData = ""; // the test set of the chosen network
let testImage = null;            // the test image below the strokes: {index, image}
let cursor = {x: SIDE / 2, y: SIDE / 2, stroke: null};  // the pen of the keyboard
let pointer = null;              // while mouse, finger or pen draws: {id, stroke}

// ---- drawing

function paint() {
  context.fillStyle = "#000";
  context.fillRect(0, 0, SIDE, SIDE);
  if (testImage && testImage.image) context.drawImage(testImage.image, 0, 0, SIDE, SIDE);
  context.strokeStyle = context.fillStyle = "#fff";
  context.lineCap = context.lineJoin = "round";
  for (const {width, points} of strokes) {
    context.lineWidth = width;
    context.beginPath();
    points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    if (points.length === 1) context.lineTo(points[0][0] + 0.01, points[0][1]);  // a dot
    context.stroke();
  }
}

function redraw() {
  paint();
  const count = strokes.length ? `${strokes.length} stroke${strokes.length > 1 ? "s" : ""}` : testImage ? "" : "empty";
  canvas.ariaLabel = ["Drawing area", testImage && `test image ${testImage.index}`, count].filter(Boolean).join(", ");
  requestAnswer();
}

const newStroke = (x, y) => ({width: Number($("brush").value), points: [[x, y]]});

// ---- mouse, finger and pen

const position = event => {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * SIDE / box.width, (event.clientY - box.top) * SIDE / box.height];
};

canvas.addEventListener("pointerdown", event => {
  if (pointer || event.button) return;
  canvas.setPointerCapture(event.pointerId);
  pointer = {id: event.pointerId, stroke: newStroke(...position(event))};
  strokes.push(pointer.stroke);
  $("cursor").hidden = true;
  redraw();
});
canvas.addEventListener("pointermove", event => {
  if (!pointer || event.pointerId !== pointer.id) return;
  const parts = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
  for (const part of parts.length ? parts : [event]) pointer.stroke.points.push(position(part));
  redraw();
});
for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, event => { if (pointer && event.pointerId === pointer.id) pointer = null; });
}

// ---- keyboard

function showCursor() {
  const mark = $("cursor"), size = Number($("brush").value) * canvas.clientWidth / SIDE;
  mark.hidden = false;
  mark.style.left = `${100 * cursor.x / SIDE}%`;
  mark.style.top = `${100 * cursor.y / SIDE}%`;
  mark.style.width = mark.style.height = `${size}px`;
  mark.classList.toggle("down", Boolean(cursor.stroke));
}

const DIRECTIONS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

function moveCursor([dx, dy], step) {
  const clamp = value => Math.min(SIDE, Math.max(0, value));
  [cursor.x, cursor.y] = [clamp(cursor.x + dx * step), clamp(cursor.y + dy * step)];
  if (cursor.stroke) { cursor.stroke.points.push([cursor.x, cursor.y]); redraw(); }
}

function startOrEndStroke() {
  cursor.stroke = cursor.stroke ? null : newStroke(cursor.x, cursor.y);
  if (cursor.stroke) { strokes.push(cursor.stroke); redraw(); }
}

canvas.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (DIRECTIONS[event.key]) moveCursor(DIRECTIONS[event.key], event.shiftKey ? SMALL_STEP : STEP);
  else if (event.key === " " || event.key === "Enter") startOrEndStroke();
  else if (event.key === "Backspace") undo();
  else if (event.key === "Escape" || event.key === "Delete") clear();
  else return;
  event.preventDefault();
  showCursor();
});
canvas.addEventListener("focus", () => { if (canvas.matches(":focus-visible")) showCursor(); });
canvas.addEventListener("blur", () => { $("cursor").hidden = true; cursor.stroke = null; });

// ---- buttons

function undo() { cursor.stroke = null; if (strokes.length) strokes.pop(); else testImage = null; redraw(); }
function clear() { cursor.stroke = null; strokes.length = 0; testImage = null; redraw(); }
$("undo").addEventListener("click", undo);
$("clear").addEventListener("click", clear);
$("save").addEventListener("click", () => canvas.toBlob(blob => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "digit.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}));

function showTestImageNumber(index) {
  $("index").value = index;
  strokes.length = 0;
  testImage = {index, image: null};
  redraw();
}
$("tests").addEventListener("submit", event => { event.preventDefault(); showTestImageNumber(Math.min(testSize - 1, Number($("index").value))); });
$("random").addEventListener("click", () => showTestImageNumber(Math.floor(Math.random() * testSize)));
