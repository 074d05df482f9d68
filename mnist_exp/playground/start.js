"use strict";
// What follows a change of the picture, of the network or of the chosen activation; and the start.

const PAUSE = 350;  // milliseconds without a change, after which parts are computed that need not follow each stroke
const REST = 3000;  // the same for long computations whose part is not on the screen; it may be printed
const LONG = {"evidence-part": () => showEvidence(), "noise-part": () => { showDisturbed(); showChanges(); }};
const INSIDE = "inside", INSIDE_PARTS = [INSIDE, "walk-part", "activation-part"];  // what the chosen network computes on the way
const DELAYED = {...LONG, [INSIDE]: () => showInside().catch(showFailure)};
const visible = new Set(), outdated = new Set();
let pause = null, rest = null;

const insideIsVisible = () => INSIDE_PARTS.some(id => visible.has(id));

function outdate(...ids) {
  ids.forEach(id => outdated.add(id));
  runWhenRested();
}

// Runs what is outdated when the picture has rested, first what is on the screen.
function runWhenRested() {
  clearTimeout(pause);
  clearTimeout(rest);
  pause = setTimeout(() => runOutdated(id => id === INSIDE || visible.has(id)), PAUSE);
  rest = setTimeout(() => runOutdated(() => true), REST);
}

function runOutdated(fits) {
  for (const id of [...outdated].filter(fits)) { outdated.delete(id); DELAYED[id](); }
}

const watcher = new IntersectionObserver(entries => {
  for (const {target, isIntersecting} of entries) if (isIntersecting) visible.add(target.id); else visible.delete(target.id);
  if (insideIsVisible()) runOutdated(id => id === INSIDE);
  runWhenRested();
});

// The answers to the newest picture, then what the chosen network computes on the way.
const update = oneAtATime(async () => {
  const {network} = state, began = performance.now(), {picture, answers} = await readPicture(network);
  if (network !== state.network) return;
  Object.assign(state, {picture, answers, steps: null});
  showInput();
  if (picture) {
    $("time").textContent = `${plural(answers.length, "answer")} in ${Math.round(performance.now() - began)} ms, computed on this device.`;
  }
  showAnswers(state.answers);
  if (insideIsVisible()) await showInside(); else outdate(INSIDE);
  outdate(...Object.keys(LONG));
});

async function showInside() {
  const {network, arm, picture} = state;
  outdated.delete(INSIDE);
  if (picture) {
    const {steps} = await computers.drawing.ask("steps", {network, arm, pixels: picture.pixels});
    if (network !== state.network || arm !== state.arm || picture !== state.picture) return;
    state.steps = steps;
  }
  showFollowed();
  drawStrip();
  showStep();
  showCurve();
}

function showFollowed() {
  const target = $("followed"), {height, width} = shapeOfSet(chosenSet());
  Object.assign(target, {width, height});
  if (state.picture) target.getContext("2d").drawImage(sharedPicture(state.picture.pixels, chosenSet()), 0, 0);
  const top = state.answers && indexOfLargest(state.answers[state.arm].probabilities);
  $("followed-text").textContent = state.answers ? `${chosenArm().name} predicts ${classNames()[top]} (${percent(state.answers[state.arm].probabilities[top])}).` : "There is no picture yet.";
}

function listArms() {
  $("arms").replaceChildren(...chosenNetwork().arms.map((arm, i) => {
    const input = element("input", {type: "radio", name: "arm", checked: i === state.arm});
    input.addEventListener("change", () => chooseArm(i));
    return element("label", {className: "chip"}, input, dotOf(arm), arm.name);
  }));
}

function chooseArm(arm) {
  Object.assign(state, {arm, steps: null});
  $("arms").querySelectorAll("input")[arm].checked = true;
  listSteps();
  listLayers();
  buildStep();
  update();
}

function chooseNetwork(network) {
  const sameSet = page.networks[network].set === chosenNetwork().set;
  Object.assign(state, {network, arm: 0, step: 1, unit: 0, layer: 0, steps: null, answers: null});
  if (!sameSet) { strokes.length = 0; testImage = null; }
  showSet(!sameSet);
  listAnswers();
  listArms();
  listDisturbed();
  listExercises();
  chooseArm(0);
  showActivations();
  if (!testImage && !strokes.length) showExample();
}

function showSet(changed) {
  const {drawable} = chosenSet();
  $("draw-title").textContent = drawable ? `Draw a ${wordForPicture()}` : "Pick a picture";
  for (const id of ["drawing-tools", "drawing-help", "input-figure"]) $(id).hidden = !drawable;
  canvas.classList.toggle("fixed", !drawable);
  if (changed) { listClasses(); listSamples(); }
}

function describePage() {
  $("network").replaceChildren(...page.networks.map((network, i) => element("option", {value: i, textContent: networkLabel(network)})));
  $("network-row").hidden = page.networks.length < 2;
  listAbout();
}

async function start() {
  describePage();
  paint();
  listClasses();
  listSamples();
  await startComputers();
  chooseNetwork(0);
  [...INSIDE_PARTS, ...Object.keys(LONG)].forEach(id => watcher.observe($(id)));
}

$("network").addEventListener("change", () => chooseNetwork(Number($("network").value)));
darkTheme.addEventListener("change", () => update());
addEventListener("resize", () => { if (view.step) { showStep(); showCurve(); showActivations(); } });
let closed = [];  // explanations that are opened for printing
addEventListener("beforeprint", () => { closed = [...document.querySelectorAll("details:not([open])")]; closed.forEach(each => { each.open = true; }); });
addEventListener("afterprint", () => closed.forEach(each => { each.open = false; }));
start().catch(showFailure);
