"use strict";
// ---- requests: one at a time; if the drawing changes meanwhile, one more follows

const small = Object.assign(document.createElement("canvas"), {width: SENT_SIDE, height: SENT_SIDE})
  .getContext("2d", {willReadFrequently: true});
let waiting = false, changed = false;

function requestBody() {
  const choice = {network: $("network").value, inspected: inspected()};
  if (testImage && !strokes.length) return {...choice, test_index: testImage.index};
  small.drawImage(canvas, 0, 0, SENT_SIDE, SENT_SIDE);
  const {data} = small.getImageData(0, 0, SENT_SIDE, SENT_SIDE);
  let grey = "";
  for (let i = 0; i < data.length; i += 4) grey += String.fromCharCode(data[i]);
  return {...choice, pixels: btoa(grey)};
}

async function requestAnswer() {
  if (!networks.length) return;
  if (waiting) { changed = true; return; }
  waiting = true;
  try {
    do {
      changed = false;
      const body = requestBody(), start = performance.now();
      const response = await fetch("/answer", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.error);
      if (body.network === $("network").value) showAnswer(answer, performance.now() - start, body.test_index);
    } while (changed);
  } catch (error) {
    $("message").textContent = `The server did not answer: ${error.message}`;
  } finally {
    waiting = false;
  }
}

// ---- helpers

const chosen = () => networks.find(network => network.name === $("network").value);
const arms = () => chosen().arms;
const classes = () => chosen().classes;
const onlyDigits = () => classes().every(name => /^\d$/.test(name));
const inspected = () => Number(document.querySelector("#arms input:checked").value);
const mostProbable = probabilities => probabilities.indexOf(Math.max(...probabilities));

function putPixels(target, grey) {
  const context = target.getContext("2d"), image = context.createImageData(target.width, target.height);
  grey.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
  context.putImageData(image, 0, 0);
}

// ---- predictions

function listArms() {
  const {test_size, data} = chosen();
  if (data !== testData) { testImage = null; testData = data; paint(); }  // its index is of another test set
  testSize = test_size;
  $("title").textContent = onlyDigits() ? "Draw a digit" : "Draw a character";
  $("tests").hidden = !testSize;
  $("index").max = testSize - 1;
  $("data").textContent = testSize ? `Test images 0 to ${testSize - 1} are ${data}. No network shown here was trained on them.`
    : `There are no test images: ${data}`;
  $("scale").querySelector(".bars").replaceChildren(...classes().map(name => element("span", {textContent: name})));
  for (const id of ["scale", "arms"]) {
    $(id).style.setProperty("--classes", classes().length);
    $(id).classList.toggle("many", classes().length > 20);
  }
  $("arms").replaceChildren(...arms().map(armRow));
  requestAnswer();
}

function armRow(arm, i) {
  const dot = element("i");
  dot.style.background = arm.colour;
  const accuracy = arm.val_acc === null ? arm.data : `validation accuracy ${(100 * arm.val_acc).toFixed(2)} % on ${arm.data}`;
  const bars = element("span", {className: "bars"}, ...classes().map(() => element("span")));
  bars.setAttribute("role", "img");
  return element("label", {className: "arm"},
    element("input", {type: "radio", name: "arm", value: i, checked: i === 0}),
    element("span", {className: "name"}, dot, arm.name, element("small", {textContent: accuracy})),
    element("span", {className: "predicted"}), bars, element("span", {className: "silent"}));
}

function showAnswer(answer, milliseconds, testIndex) {
  const {found} = answer;
  if (found && answer.label !== null && testImage && testImage.index === testIndex) showTestImage(answer);
  $("time").textContent = found ? `${milliseconds.toFixed(0)} ms per answer` : "";
  putPixels($("input"), found ? decode(answer.pixels) : new Uint8Array(28 * 28));
  $("input").ariaLabel = `Input of the networks: ${found ? "28 by 28 pixels" : "empty"}`;
  [...$("arms").children].forEach((row, i) => showPrediction(row, found ? answer.predictions[i] : null));
  $("layers").replaceChildren(...(found ? answer.layers.map(layerElement) : []));
  $("layers-title").textContent = `Layers of ${arms()[inspected()].name}`;
  $("layers-title").hidden = !found || !answer.layers.length;
  $("message").textContent = found ? summary(answer) : strokes.length ? `No ${onlyDigits() ? "digit" : "character"} found.` : "Draw with the mouse, a finger or a pen.";
}

function showPrediction(row, prediction) {
  const probabilities = prediction ? prediction.probabilities : classes().map(() => 0), top = mostProbable(probabilities);
  const predicted = prediction ? [element("b", {textContent: classes()[top]}), percent(probabilities[top])] : [];
  row.querySelector(".predicted").replaceChildren(...predicted);
  row.querySelector(".silent").textContent = prediction && prediction.silent_share !== null ? percent(prediction.silent_share) : "";
  const bars = row.querySelector(".bars");
  bars.ariaLabel = prediction ? probabilities.map((value, i) => `${classes()[i]}: ${percent(value)}`).join(", ") : "no prediction yet";
  [...bars.children].forEach((bar, i) => {
    bar.style.height = `${100 * probabilities[i]}%`;
    bar.title = `${classes()[i]}: ${percent(probabilities[i])}`;
    bar.className = prediction && i === top ? "top" : "";
  });
}

// Short, so that it never needs more lines than the page reserves: the canvas must not move while someone draws on it.
function summary({label, predictions}) {
  const votes = new Map();
  for (const {probabilities} of predictions) {
    const name = classes()[mostProbable(probabilities)];
    votes.set(name, (votes.get(name) || 0) + 1);
  }
  const [[name, most], ...others] = [...votes].sort((a, b) => b[1] - a[1]), count = predictions.length;
  const start = label === null ? "" : `The actual class is ${label}. `;
  if (count === 1) return `${start}The network predicts ${name}.`;
  if (!others.length) return `${start}All ${count} networks predict ${name}.`;
  const majority = `${start}${most} of ${count} networks predict${most === 1 ? "s" : ""} ${name}`;
  if (others.length > 3) return `${majority}, the others disagree.`;
  const rest = count - most === 1 ? "other predicts" : "others predict";
  return `${majority}, the ${rest} ${either(others.map(([other]) => other))}.`;
}

const either = words => words.length > 1 ? `${words.slice(0, -1).join(", ")} or ${words.at(-1)}` : words[0];

function showTestImage(answer) {
  if (testImage.image) return;
  testImage.image = element("canvas", {width: 28, height: 28});
  putPixels(testImage.image, decode(answer.pixels));
  paint();
}

// ---- start

async function start() {
  const description = await (await fetch("/networks")).json();
  networks = description.networks;
  $("network").replaceChildren(...networks.map(({name}) => element("option", {value: name, textContent: name})));
  listArms();
}

$("network").addEventListener("change", listArms);
$("arms").addEventListener("change", requestAnswer);
redraw();
start().catch(error => { $("message").textContent = `The server did not answer: ${error.message}`; });
