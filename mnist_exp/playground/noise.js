"use strict";
// The picture with noise or blur: what each network answers then, and whose answer changes first.

const disturbance = {kind: "noise", seed: 1};
const currentLevel = () => Number($("level").value) / 100;

function listDisturbed() {
  $("disturbed-rows").replaceChildren(...chosenNetwork().arms.map(arm => {
    const track = element("div", {className: "track"}, element("span", {className: "held"}), element("span", {className: "now"}));
    return element("tr", {}, element("th", {scope: "row"}, element("span", {className: "arm-name"}, dotOf(arm), arm.name)),
      element("td", {className: "answer"}), element("td", {className: "track-cell"}, track), element("td", {className: "changes"}));
  }));
}

// The answers at the level of the slider.
const showDisturbed = oneAtATime(async () => {
  const {picture, network} = state, level = currentLevel(), {kind, seed} = disturbance;
  $("level-text").textContent = levelText(level);
  $("level").setAttribute("aria-valuetext", `${kind}, ${$("level-text").textContent}`);
  if (!picture) return clearDisturbed();
  const answer = await computers.drawing.ask("disturb", {network, pixels: picture.pixels, disturbance: kind, level, seed});
  if (network !== state.network || picture !== state.picture) return;
  drawDisturbed(answer.pixels);
  answer.arms.forEach((each, i) => showDisturbedRow(i, [...each.probabilities], level));
});

function drawDisturbed(pixels) {
  const target = $("disturbed"), {height, width} = shapeOfSet(chosenSet());
  Object.assign(target, {width, height});
  target.getContext("2d").drawImage(pictureCanvas(pixels, chosenSet()), 0, 0);
}

function showDisturbedRow(i, probabilities, level) {
  const row = $("disturbed-rows").children[i], top = indexOfLargest(probabilities);
  const changed = state.answers && top !== indexOfLargest(state.answers[i].probabilities);
  row.querySelector(".answer").replaceChildren(element("b", {textContent: classNames()[top]}), element("span", {textContent: percent(probabilities[top])}));
  row.classList.toggle("changed", Boolean(changed));
  row.querySelector(".now").style.left = `${100 * level}%`;
}

function clearDisturbed() {
  const {height, width} = shapeOfSet(chosenSet());
  Object.assign($("disturbed"), {width, height});
  for (const row of $("disturbed-rows").children) {
    row.classList.remove("changed");
    row.querySelector(".answer").replaceChildren("–");
    row.querySelector(".changes").textContent = "";
    row.querySelector(".held").style.width = "0";
  }
  $("changes-text").textContent = "There is no picture yet.";
}

// The level at which each answer changes.
const showChanges = oneAtATime(async () => {
  const {picture, network} = state, {kind, seed} = disturbance;
  if (!picture) return clearDisturbed();
  $("changes-text").textContent = "Computing …";
  const {levels, arms} = await computers.analysis.ask("breaks", {network, pixels: picture.pixels, disturbance: kind, seed});
  if (network !== state.network || picture !== state.picture || kind !== disturbance.kind || seed !== disturbance.seed) return;
  arms.forEach((level, i) => showChange($("disturbed-rows").children[i], level, levels.at(-1)));
  $("changes-text").textContent = changesSentence(arms, levels.at(-1));
});

const levelText = level => `${Math.round(100 * level)}\u00a0%`;

function showChange(row, level, highest) {
  row.querySelector(".held").style.width = `${100 * (level ?? highest)}%`;
  row.querySelector(".changes").textContent = level === null ? "holds" : `changes at ${levelText(level)}`;
}

function changesSentence(arms, highest) {
  const names = chosenNetwork().arms.map(({name}) => name), changed = arms.filter(level => level !== null);
  if (!changed.length) return `No answer changes up to ${disturbance.kind} of ${levelText(highest)}.`;
  const first = Math.min(...changed), which = names.filter((_, i) => arms[i] === first);
  const start = which.length === 1 ? `The answer of ${which[0]} changes` : `The answers of ${listed(which)} change`;
  return `${start} first, at ${disturbance.kind} of ${levelText(first)}.`;
}

$("level").addEventListener("input", showDisturbed);
$("new-noise").addEventListener("click", () => { disturbance.seed++; showDisturbed(); showChanges(); });
for (const choice of document.querySelectorAll("input[name=disturbance]")) {
  choice.addEventListener("change", () => {
    disturbance.kind = choice.value;
    $("new-noise").disabled = choice.value !== "noise";
    showDisturbed();
    showChanges();
  });
}
