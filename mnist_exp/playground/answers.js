"use strict";
// What each activation's network answers, a row each, and all of it in one sentence.

const LONGEST_SHOWN_CLASS = 2;  // letters: longer names do not fit below the bars
const NAMED_BARS = 3;

const showsScale = () => classNames().every(name => name.length <= LONGEST_SHOWN_CLASS) && classNames().length <= 26;

function listAnswers() {
  const names = showsScale() ? classNames().map(name => element("span", {textContent: name})) : [];
  $("scale").replaceChildren(...names);
  $("scale-name").textContent = showsScale() ? "Probability of each class" : "The most probable classes";
  $("answers").style.setProperty("--classes", classNames().length);
  $("answers").classList.toggle("many", classNames().length > 20);
  document.body.classList.toggle("long", !showsScale());
  $("answer-rows").replaceChildren(...chosenNetwork().arms.map(answerRow));
}

function answerRow(arm, i) {
  const accuracy = arm.test_acc ?? arm.val_acc, kind = arm.test_acc === null ? "validation" : "test";
  const about = accuracy === null ? "" : `${percent(accuracy)} ${kind} accuracy`;
  const head = element("th", {scope: "row"}, element("span", {className: "arm-name"}, dotOf(arm), arm.name), element("small", {textContent: about}));
  const bars = showsScale() ? element("div", {className: "bars"}, ...classNames().map(() => element("span"))) : element("div", {className: "named-bars"});
  if (showsScale()) bars.setAttribute("role", "img");
  const inside = element("button", {type: "button", className: "quiet", textContent: "Look inside", ariaLabel: `Look inside ${arm.name}`});
  inside.addEventListener("click", () => { chooseArm(i); $("inside").scrollIntoView(); });
  return element("tr", {}, head, element("td", {className: "answer"}), element("td", {className: "bars-cell"}, bars),
    element("td", {className: "silent"}), element("td", {className: "inside-cell"}, inside));
}

function showAnswers(arms) {
  [...$("answer-rows").children].forEach((row, i) => showAnswer(row, arms ? arms[i] : null));
  $("short-answers").replaceChildren(...chosenNetwork().arms.map((arm, i) => shortAnswer(arm, arms ? arms[i] : null)));
  $("summary").textContent = arms ? summary(arms.map(({probabilities}) => classNames()[indexOfLargest(probabilities)])) : emptySummary();
}

// For narrow windows, where the table is not on the screen while one draws.
function shortAnswer(arm, answer) {
  return element("span", {}, dotOf(arm), element("span", {className: "short-name", textContent: arm.name}), answer ? classNames()[indexOfLargest(answer.probabilities)] : "–");
}

function emptySummary() {
  if (strokes.length) return `No ${wordForPicture()} found. Draw a larger one.`;
  return chosenSet().drawable ? `Draw a ${wordForPicture()}, or pick a test picture.` : "Pick a test picture.";
}

function showAnswer(row, answer) {
  const probabilities = answer ? [...answer.probabilities] : classNames().map(() => 0), top = indexOfLargest(probabilities);
  const texts = answer ? [element("b", {textContent: classNames()[top]}), element("span", {textContent: percent(probabilities[top])})] : ["–"];
  row.querySelector(".answer").replaceChildren(...texts);
  row.querySelector(".silent").textContent = answer && answer.silent !== null ? percent(answer.silent) : "–";
  if (showsScale()) showBars(row.querySelector(".bars"), answer, probabilities);
  else row.querySelector(".named-bars").replaceChildren(...(answer ? namedBars(probabilities) : []));
}

// One bar for each class, below the names of the classes.
function showBars(bars, answer, probabilities) {
  const top = indexOfLargest(probabilities);
  bars.ariaLabel = answer ? `Probabilities. ${describeLargest(probabilities)}` : "No answer yet";
  [...bars.children].forEach((bar, i) => {
    bar.style.height = `${100 * probabilities[i]}%`;
    bar.title = `${classNames()[i]}: ${percent(probabilities[i])}`;
    bar.className = answer && i === top ? "top" : "";
  });
}

const byProbability = probabilities => probabilities.map((_, i) => i).sort((a, b) => probabilities[b] - probabilities[a]);

function describeLargest(probabilities) {
  return byProbability(probabilities).slice(0, 3).map(i => `${classNames()[i]}: ${percent(probabilities[i])}`).join(", ");
}

// The largest bars, each with its name, where there are too many classes or their names are too long.
function namedBars(probabilities) {
  return byProbability(probabilities).slice(0, NAMED_BARS).flatMap((i, rank) => {
    const bar = element("span", {className: rank ? "bar" : "bar top"});
    bar.style.width = `${100 * probabilities[i]}%`;
    return [element("span", {className: "class-name", textContent: classNames()[i], title: classNames()[i]}), element("span", {}, bar), element("span", {className: "share", textContent: percent(probabilities[i])})];
  });
}

// Short, so that it never needs more lines than the page reserves.
function summary(answers) {
  const counts = new Map();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const [[name, most], ...others] = [...counts].sort((a, b) => b[1] - a[1]), total = answers.length;
  const label = state.picture?.label ?? null, start = label === null ? "" : `This is ${classNames()[label]}. `;
  if (total === 1) return `${start}The network predicts ${name}.`;
  if (!others.length) return `${start}${total === 2 ? "Both" : `All ${total}`} networks predict ${name}.`;
  const majority = `${start}${most} of ${total} networks predict${most === 1 ? "s" : ""} ${name}`;
  if (others.length > 3) return `${majority}, the others disagree.`;
  const rest = total - most === 1 ? "other predicts" : "others predict";
  return `${majority}, the ${rest} ${listed(others.map(([other]) => other), "or")}.`;
}

// The 28×28 pixels that the networks get, beside the drawing.
function showInput() {
  const target = $("input"), {height, width} = shapeOfSet(chosenSet());
  Object.assign(target, {width, height});
  if (state.picture) target.getContext("2d").drawImage(sharedPicture(state.picture.pixels, chosenSet()), 0, 0);
  target.ariaLabel = state.picture ? `Input of the networks: ${height} by ${width} pixels` : "Input of the networks: empty";
}
