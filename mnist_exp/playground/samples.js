"use strict";
// The test pictures that can be picked: a list of thumbnails, of all classes or of one.

const shapeOfSet = set => ({channels: set.shape[0], height: set.shape[1], width: set.shape[2]});

// Grey or colour pixels (channels, height, width) as a canvas of their size.
function pictureCanvas(pixels, set) {
  const {channels, height, width} = shapeOfSet(set), size = height * width;
  const made = element("canvas", {width, height}), target = made.getContext("2d");
  const image = target.createImageData(width, height), colour = channels === 3 ? size : 0;
  for (let i = 0; i < size; i++) {
    image.data.set([pixels[i], pixels[i + colour], pixels[i + 2 * colour], 255], 4 * i);
  }
  target.putImageData(image, 0, 0);
  return made;
}

const drawnPictures = new WeakMap();  // by their pixels

// The same to draw from: one canvas for all places that show these pixels.
function sharedPicture(pixels, set) {
  if (!drawnPictures.has(pixels)) drawnPictures.set(pixels, pictureCanvas(pixels, set));
  return drawnPictures.get(pixels);
}

function listClasses() {
  const options = classNames().map((name, i) => element("option", {value: i, textContent: name}));
  $("class").replaceChildren(element("option", {value: "", textContent: "All"}), ...options);
}

function shownSamples() {
  const wanted = $("class").value, {labels} = chosenSet().samples;
  return labels.map((_, i) => i).filter(i => wanted === "" || labels[i] === Number(wanted));
}

function sampleOption(sample) {
  const {labels, indices} = chosenSet().samples;
  const option = element("div", {className: "sample", tabIndex: -1}, pictureCanvas(samplesOf(chosenSet())[sample], chosenSet()));
  option.setAttribute("role", "option");
  option.ariaLabel = `${classNames()[labels[sample]]}, test picture ${indices[sample]}`;
  option.title = option.ariaLabel;
  option.ariaSelected = "false";
  option.dataset.sample = sample;
  option.firstChild.ariaHidden = "true";
  return option;
}

function listSamples() {
  $("picker").hidden = !chosenSet().samples;
  if (!chosenSet().samples) return;
  $("samples").replaceChildren(...shownSamples().map(sampleOption));
  $("samples").scrollTop = 0;
  markSample(testImage ? testImage.sample : null);
}

let markedSample = null;

// One option at a time can be reached with the Tab key; the arrow keys move between options.
function markSample(sample) {
  markedSample = sample;
  const options = [...$("samples").children];
  for (const option of options) {
    const selected = Number(option.dataset.sample) === sample;
    option.ariaSelected = String(selected);
    option.tabIndex = selected ? 0 : -1;
  }
  if (options.length && !options.some(option => option.tabIndex === 0)) options[0].tabIndex = 0;
}

function pickSample(sample, example = false) {
  strokes.length = 0;
  testImage = {sample, example, image: pictureCanvas(samplesOf(chosenSet())[sample], chosenSet())};
  pictureChanged();
}

// A picture to start with. The first stroke replaces it.
function showExample() {
  const {samples} = chosenSet();
  if (samples) pickSample(Math.floor(samples.count * 0.75), true); else pictureChanged();
}

function moveInSamples(event) {
  const options = [...$("samples").children], at = options.indexOf(document.activeElement);
  const columns = options.filter(option => option.offsetTop === options[0].offsetTop).length;
  const moves = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: options.length - 1 - at};
  if (at < 0 || !(event.key in moves)) return;
  event.preventDefault();
  const target = options[Math.min(options.length - 1, Math.max(0, at + moves[event.key]))];
  pickSample(Number(target.dataset.sample));
  target.focus();
}

$("class").addEventListener("change", listSamples);
$("samples").addEventListener("click", event => {
  const option = event.target.closest(".sample");
  if (option) pickSample(Number(option.dataset.sample));
});
$("samples").addEventListener("keydown", moveInSamples);
$("random").addEventListener("click", () => {
  const shown = shownSamples(), sample = shown[Math.floor(Math.random() * shown.length)];
  pickSample(sample);
  // Only the list scrolls, so that the rest of the page stays where it is.
  const option = $("samples").querySelector(`[data-sample="${sample}"]`);
  $("samples").scrollTop = option.offsetTop - $("samples").clientHeight / 2;
});
