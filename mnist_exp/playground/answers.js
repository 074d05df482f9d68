"use strict";
// ---- asking: one question at a time, and after it only the newest

const small = Object.assign(document.createElement("canvas"), {width: SENT, height: SENT}).getContext("2d", {willReadFrequently: true});
let asking = false, again = false;

function question() {
  const about = {network: $("network").value, chosen: chosen()};
  if (ground && !strokes.length) return {...about, test: ground.index};
  small.drawImage(canvas, 0, 0, SENT, SENT);
  const {data} = small.getImageData(0, 0, SENT, SENT);
  let bytes = "";
  for (let i = 0; i < data.length; i += 4) bytes += String.fromCharCode(data[i]);
  return {...about, pixels: btoa(bytes)};
}

async function ask() {
  if (!networks.length) return;
  if (asking) { again = true; return; }
  asking = true;
  try {
    do {
      again = false;
      const asked = question(), began = performance.now();
      const reply = await fetch("/answer", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(asked)});
      const answer = await reply.json();
      if (!reply.ok) throw new Error(answer.error);
      if (asked.network === $("network").value) show(answer, performance.now() - began, asked.test);
    } while (again);
  } catch (error) {
    $("verdict").textContent = `No answer: ${error.message}`;
  } finally {
    asking = false;
  }
}

// ---- showing

const percent = p => `${(100 * p).toFixed(1)} %`;
const arms = () => networks.find(network => network.name === $("network").value).arms;
const chosen = () => Number(document.querySelector("#arms input:checked").value);
const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

function listArms() {
  const rows = arms().map((arm, i) => {
    const dot = element("i");
    dot.style.background = arm.colour;
    const val = arm.val_acc === null ? "" : `val ${(100 * arm.val_acc).toFixed(2)} % on ${arm.data}`;
    const bars = element("span", {className: "bars"}, ...Array.from({length: 10}, () => element("span")));
    bars.setAttribute("role", "img");
    return element("label", {className: "arm"},
      element("input", {type: "radio", name: "arm", value: i, checked: i === 0}),
      element("span", {className: "name"}, dot, arm.name, element("small", {textContent: val})),
      element("span", {className: "says"}), bars, element("span", {className: "mute"}));
  });
  $("arms").replaceChildren(...rows);
  ask();
}

function show(answer, took, test) {
  if (answer.label != null && ground && ground.index === test) showTest(answer);
  $("time").textContent = answer.found ? `${took.toFixed(0)} ms` : "";
  pixels($("seen"), answer.found ? bytes(answer.seen) : new Uint8Array(784));
  $("seen").ariaLabel = answer.found ? "What the networks see, 28 by 28 pixels" : "What the networks see: nothing yet";
  [...$("arms").children].forEach((row, i) => showArm(row, answer.found ? answer.answers[i] : null));
  $("layers").replaceChildren(...(answer.found ? answer.layers.map(layer) : []));
  $("inside").textContent = `Inside ${arms()[chosen()].name}`;
  $("inside").hidden = !answer.found || !answer.layers.length;
  $("verdict").textContent = answer.found ? verdict(answer) : strokes.length ? "No digit found." : "Draw with mouse, finger or pen.";
}

function showArm(row, answer) {
  const p = answer ? answer.probabilities : Array(10).fill(0), top = p.indexOf(Math.max(...p));
  row.querySelector(".says").replaceChildren(...(answer ? [element("b", {textContent: top}), percent(p[top])] : []));
  row.querySelector(".mute").textContent = answer && answer.silent !== null ? percent(answer.silent) : "";
  const bars = row.querySelector(".bars");
  bars.ariaLabel = answer ? p.map((value, digit) => `${digit}: ${percent(value)}`).join(", ") : "no answer yet";
  [...bars.children].forEach((bar, digit) => {
    bar.style.height = `${100 * p[digit]}%`;
    bar.title = `${digit}: ${percent(p[digit])}`;
    bar.className = answer && digit === top ? "top" : "";
  });
}

function verdict(answer) {
  const votes = new Map();
  answer.answers.forEach(({probabilities: p}, i) => {
    const digit = p.indexOf(Math.max(...p));
    votes.set(digit, [...(votes.get(digit) || []), arms()[i].name]);
  });
  const sorted = [...votes].sort((a, b) => b[1].length - a[1].length), all = answer.answers.length;
  const truth = answer.label === null ? "" : `A test digit, in truth a ${answer.label}. `;
  if (sorted.length === 1) return `${truth}${all > 1 ? `All ${all} read` : "It reads"} a ${sorted[0][0]}.`;
  return truth + sorted.map(([digit, names]) => `${digit}: ${names.join(", ")}`).join(" · ");
}

function showTest(answer) {
  if (ground.image) return;
  const image = element("canvas", {width: 28, height: 28});
  pixels(image, bytes(answer.seen));
  ground.image = image;
  paint();
}

function pixels(target, grey) {
  const context = target.getContext("2d"), image = context.createImageData(target.width, target.height);
  grey.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
  context.putImageData(image, 0, 0);
}

// Dark blue over teal to yellow, ever lighter: told apart without telling red from green.
const SCALE = [[18, 20, 60], [35, 75, 125], [45, 125, 135], [115, 175, 105], [250, 225, 70]];
// As canvases store pixels, 32 bits each: setting four numbers a pixel took longer than the networks do.
const packed = rgb => new Uint32Array(Uint8ClampedArray.from([...rgb, 255]).buffer)[0];
const COLOURS = Uint32Array.from({length: 256}, (_, value) => {
  const at = value / 255 * (SCALE.length - 1), i = Math.min(Math.floor(at), SCALE.length - 2);
  return packed(SCALE[i].map((from, part) => from + (SCALE[i + 1][part] - from) * (at - i)));
});

function layer(told) {
  const {name, high, wide, units, silent, places, range} = told, dense = high * wide === 1;
  const columns = dense ? 32 : units > 32 ? 16 : 8, zoom = dense ? 14 : Math.max(2, Math.round(560 / columns / wide));
  const rows = Math.ceil(units / columns), gap = 2;
  const sheet = element("canvas", {width: columns * (wide * zoom + gap) - gap, height: rows * (high * zoom + gap) - gap});
  const what = `${silent.length} of ${units} ${dense ? "units" : "channels"} silent`;
  const where = dense ? "" : `, ${percent(places)} of all their places`;
  const text = `${what}${where}; from ${range[0].toFixed(2)} (dark) to ${range[1].toFixed(2)} (bright)`;
  sheet.setAttribute("role", "img");
  sheet.ariaLabel = `${dense ? "Units" : "Feature maps"} of ${name}: ${text}`;
  tiles(sheet.getContext("2d"), told, bytes(told.maps), columns, zoom, gap);
  const bold = element("b", {textContent: name});
  return element("div", {className: "layer"}, element("p", {}, bold, ` ${text}${silent.length ? "; × marks silence" : ""}`), sheet);
}

function tiles(context, {high, wide, units, silent}, maps, columns, zoom, gap) {
  const tile = new OffscreenCanvas(wide, high), inner = tile.getContext("2d"), image = inner.createImageData(wide, high);
  const inks = new Uint32Array(image.data.buffer), size = high * wide;
  context.imageSmoothingEnabled = false;
  for (let unit = 0; unit < units; unit++) {
    for (let i = 0; i < size; i++) inks[i] = COLOURS[maps[unit * size + i]];
    inner.putImageData(image, 0, 0);
    const x = (unit % columns) * (wide * zoom + gap), y = Math.floor(unit / columns) * (high * zoom + gap);
    context.drawImage(tile, x, y, wide * zoom, high * zoom);
    if (silent.includes(unit)) cross(context, x, y, wide * zoom, high * zoom);
  }
}

function cross(context, x, y, wide, high) {
  context.strokeStyle = "#ffffff99";
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x + wide * 0.25, y + high * 0.25); context.lineTo(x + wide * 0.75, y + high * 0.75);
  context.moveTo(x + wide * 0.75, y + high * 0.25); context.lineTo(x + wide * 0.25, y + high * 0.75);
  context.stroke();
}

// ---- beginning

async function begin() {
  const told = await (await fetch("/networks")).json();
  ({networks, tests} = told);
  $("network").replaceChildren(...networks.map(({name}) => element("option", {value: name, textContent: name})));
  $("scale").querySelector(".bars").replaceChildren(...Array.from({length: 10}, (_, digit) => element("span", {textContent: digit})));
  $("tests").hidden = !tests;
  $("index").max = tests - 1;
  $("data").textContent = tests ? `Test digits: 0 to ${tests - 1} of ${told.data}, which no network was trained on.` : `No test digits to pick: ${told.data}`;
  listArms();
}

$("network").addEventListener("change", listArms);
$("arms").addEventListener("change", ask);
redraw();
begin().catch(error => { $("verdict").textContent = `The server does not answer: ${error.message}`; });
