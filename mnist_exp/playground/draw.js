"use strict";
const $ = id => document.getElementById(id);
const SIDE = 280, SENT = 140, STEP = 10;
const canvas = $("canvas"), paper = canvas.getContext("2d", {willReadFrequently: true});
const strokes = [];             // each {width, points: [[x, y], …]}
let networks = [], tests = 0;   // what the server has
let ground = null;              // a test digit under the strokes: {index, image}
let pen = {x: SIDE / 2, y: SIDE / 2, stroke: null};  // of the keyboard
let drawn = null;               // the stroke under mouse, finger or pen

// ---- drawing

function paint() {
  paper.fillStyle = "#000";
  paper.fillRect(0, 0, SIDE, SIDE);
  if (ground && ground.image) paper.drawImage(ground.image, 0, 0, SIDE, SIDE);
  paper.strokeStyle = paper.fillStyle = "#fff";
  paper.lineCap = paper.lineJoin = "round";
  for (const {width, points} of strokes) {
    paper.lineWidth = width;
    paper.beginPath();
    points.forEach(([x, y], i) => (i ? paper.lineTo(x, y) : paper.moveTo(x, y)));
    if (points.length === 1) paper.lineTo(points[0][0] + 0.01, points[0][1]);  // a dot
    paper.stroke();
  }
}

function redraw() {
  paint();
  const what = strokes.length ? `${strokes.length} stroke${strokes.length > 1 ? "s" : ""}` : ground ? "" : "empty";
  canvas.ariaLabel = ["Drawing area", ground && `test digit ${ground.index}`, what].filter(Boolean).join(", ");
  ask();
}

const place = event => {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * SIDE / box.width, (event.clientY - box.top) * SIDE / box.height];
};

canvas.addEventListener("pointerdown", event => {
  if (drawn || event.button) return;
  canvas.setPointerCapture(event.pointerId);
  drawn = {id: event.pointerId, stroke: {width: Number($("brush").value), points: [place(event)]}};
  strokes.push(drawn.stroke);
  $("pen").hidden = true;
  redraw();
});
canvas.addEventListener("pointermove", event => {
  if (!drawn || event.pointerId !== drawn.id) return;
  const parts = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
  for (const part of parts.length ? parts : [event]) drawn.stroke.points.push(place(part));
  redraw();
});
for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, event => { if (drawn && event.pointerId === drawn.id) drawn = null; });
}

function showPen() {
  const mark = $("pen"), size = Number($("brush").value) * canvas.clientWidth / SIDE;
  mark.hidden = false;
  mark.style.left = `${100 * pen.x / SIDE}%`;
  mark.style.top = `${100 * pen.y / SIDE}%`;
  mark.style.width = mark.style.height = `${size}px`;
  mark.classList.toggle("down", Boolean(pen.stroke));
}

const MOVES = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
canvas.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (MOVES[event.key]) {
    const [dx, dy] = MOVES[event.key].map(way => way * (event.shiftKey ? 2 : STEP));
    [pen.x, pen.y] = [pen.x + dx, pen.y + dy].map(at => Math.min(SIDE, Math.max(0, at)));
    if (pen.stroke) { pen.stroke.points.push([pen.x, pen.y]); redraw(); }
  } else if (event.key === " " || event.key === "Enter") {
    pen.stroke = pen.stroke ? null : {width: Number($("brush").value), points: [[pen.x, pen.y]]};
    if (pen.stroke) { strokes.push(pen.stroke); redraw(); }
  } else if (event.key === "Backspace") undo();
  else if (event.key === "Escape" || event.key === "Delete") clear();
  else return;
  event.preventDefault();
  showPen();
});
canvas.addEventListener("focus", () => { if (canvas.matches(":focus-visible")) showPen(); });
canvas.addEventListener("blur", () => { $("pen").hidden = true; pen.stroke = null; });

function undo() { pen.stroke = null; if (strokes.length) strokes.pop(); else ground = null; redraw(); }
function clear() { pen.stroke = null; strokes.length = 0; ground = null; redraw(); }
$("undo").addEventListener("click", undo);
$("clear").addEventListener("click", clear);
$("save").addEventListener("click", () => canvas.toBlob(blob => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "digit.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}));

function pick(index) {
  $("index").value = index;
  strokes.length = 0;
  ground = {index, image: null};
  redraw();
}
$("tests").addEventListener("submit", event => { event.preventDefault(); pick(Math.min(tests - 1, Number($("index").value))); });
$("random").addEventListener("click", () => pick(Math.floor(Math.random() * tests)));
