"use strict";
// The data of the page, and what is chosen.

const page = JSON.parse($("data").textContent);
const state = {
  network: 0,      // index in page.networks
  arm: 0,          // index of the activation that is looked at
  step: 0,         // index of the open step of its network; 0 is the image
  unit: 0,         // index of the enlarged feature map or unit
  layer: 0,        // which of its activation layers the curve shows
  picture: null,   // {pixels, label}: the input of the networks; label is null for a drawing
  steps: null,     // what the chosen arm computes for the picture, step by step
};

const chosenNetwork = () => page.networks[state.network];
const chosenSet = () => page.sets[chosenNetwork().set];
const chosenArm = () => chosenNetwork().arms[state.arm];
const classNames = () => chosenSet().classes;
// Two networks may have one name: then their data tell them apart.
const networkLabel = ({name, set}) => (page.sets.length > 1 ? `${name} on ${page.sets[set].name}` : name);
const onlyDigits = () => classNames().every(name => /^\d$/.test(name));
const wordForPicture = () => (onlyDigits() ? "digit" : chosenSet().drawable ? "character" : "picture");

// The samples of each set, decoded when they are first needed.
function samplesOf(set) {
  if (set.samples && !set.images) {
    const bytes = decodeBytes(set.samples.pixels), size = bytes.length / set.samples.count;
    set.images = set.samples.labels.map((_, i) => bytes.subarray(i * size, (i + 1) * size));
  }
  return set.images ?? [];
}
