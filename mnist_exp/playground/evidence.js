"use strict";
// Where the evidence for the answer is: how much the answer suffers when a small square is blank.

const PATCH = 5, EVIDENCE_SIDE = 336;

const showEvidence = oneAtATime(async () => {
  const {picture, network, arm} = state;
  if (!picture) return clearEvidence();
  $("evidence-text").textContent = "Computing …";
  const answer = await computers.analysis.ask("evidence", {network, arm, pixels: picture.pixels, patch: PATCH});
  if (picture !== state.picture || network !== state.network || arm !== state.arm) return;
  drawEvidence(answer.map, picture.pixels);
  $("evidence-legend").replaceChildren(evidenceLegend(largestSize(answer.map)));
  $("evidence-text").textContent = evidenceSentence(answer);
});

// The map holds differences of log probabilities. In words they are factors of the probability.
function evidenceLegend(limit) {
  const factor = formatFactor(Math.exp(limit)), meaning = "probability if the pixels are blank; red: against the answer, blue: for it";
  return legend(limit, meaning, [`× ${factor}`, `÷ ${factor}`]);
}

function clearEvidence() {
  const target = $("evidence").getContext("2d");
  target.clearRect(0, 0, EVIDENCE_SIDE, EVIDENCE_SIDE);
  $("evidence-legend").replaceChildren();
  $("evidence-text").textContent = "There is no picture yet.";
  $("evidence").ariaLabel = "Evidence for the answer: no picture yet";
}

// The map in colours, and the picture over it as a grey shadow.
function drawEvidence(map, pixels) {
  const target = $("evidence").getContext("2d"), {channels, height, width} = shapeOfSet(chosenSet()), size = height * width;
  drawTile(target, map, 0, {height, width}, largestSize(map), 0, 0, EVIDENCE_SIDE, EVIDENCE_SIDE);
  const small = element("canvas", {width, height}), smallTarget = small.getContext("2d"), image = smallTarget.createImageData(width, height);
  const ink = darkTheme.matches ? 255 : 0;
  for (let i = 0; i < size; i++) {
    const grey = Array.from({length: channels}, (_, channel) => pixels[i + channel * size]).reduce((sum, value) => sum + value, 0) / channels;
    image.data.set([ink, ink, ink, 0.42 * grey], 4 * i);
  }
  smallTarget.putImageData(image, 0, 0);
  target.imageSmoothingEnabled = false;
  target.drawImage(small, 0, 0, EVIDENCE_SIDE, EVIDENCE_SIDE);
}

function placeInWords(index) {
  const {height, width} = shapeOfSet(chosenSet());
  const third = (at, size, names) => names[Math.min(2, Math.floor(3 * (at + 0.5) / size))];
  const row = third(Math.floor(index / width), height, ["upper", "middle", "lower"]);
  const column = third(index % width, width, ["left", "centre", "right"]);
  if (row === "middle") return column === "centre" ? "in the centre" : `in the middle of the ${column} side`;
  return column === "centre" ? `in the ${row} middle` : `in the ${row} ${column}`;
}

function evidenceSentence({map, predicted}) {
  const name = classNames()[predicted], strongest = indexOfLargest(map), drop = map[strongest];
  const probability = state.answers[state.arm].probabilities[predicted], hidden = probability * Math.exp(-drop);
  $("evidence").ariaLabel = `Evidence for ${name}, strongest ${placeInWords(strongest)}`;
  if (drop < 0.001) return `${chosenArm().name} predicts ${name}. No single square of ${PATCH}×${PATCH} pixels matters: without any one of them, the answer is as probable.`;
  const start = `${chosenArm().name} predicts ${name}. The strongest evidence is ${placeInWords(strongest)}.`;
  return `${start} If the ${PATCH}×${PATCH} pixels there are blank, the probability of ${name} goes from ${percent(probability)} to ${percent(hidden)}.`;
}
