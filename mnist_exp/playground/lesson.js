"use strict";
// The exercises, with what the chosen network offers: which pictures, and which activations.

function listExercises() {
  const [first, second] = comparedActivations();
  $("ways-to-change").textContent = chosenSet().drawable ? "draw on it, or add blur (part 6)" : "add blur or noise (part 6)";
  $("first-activation").textContent = first;
  $("second-activation").textContent = second ? `Then do the same with ${second}.` : "";
  $("silent-explained").textContent = silentExplained([first, second]);
}

// Two that differ much, if the network has them: relu and sigmoid.
function comparedActivations() {
  const names = chosenNetwork().arms.map(({name}) => name), preferred = ["relu", "sigmoid"].filter(name => names.includes(name));
  return [...preferred, ...names.filter(name => !preferred.includes(name))].slice(0, 2);
}

function silentExplained(compared) {
  const texts = [];
  if (compared.includes("relu")) texts.push("With relu, many units are silent, and other units for another class: each unit responds to some shapes only.");
  if (compared.includes("sigmoid")) texts.push("With sigmoid, none is silent. But in part 4 the slopes of sigmoid are small, and so is their product.");
  texts.push("A unit can be silent only where its curve is zero or flat. Find these places in the curves of part 4.");
  return texts.join(" ");
}
