'use strict';
// Answers the page's messages. Long work pauses now and then, so that a drawing is answered in the meantime.

const BUSY = 25; // milliseconds of long work at a time
const state = {data: null, networks: [], latest: {}};

// The arms of a network, decoded when they are used for the first time.
function armsOf(index) {
  const network = state.data.networks[index], shape = state.data.sets[network.set].shape;
  state.networks[index] ??= network.arms.map(arm => openArm(arm, shape));
  return state.networks[index];
}

const setOf = network => state.data.sets[state.data.networks[network].set];

const pause = () => new Promise(resolve => setTimeout(resolve));

// Returns a function to await now and then. It throws if a newer request of the same kind has come.
function pacemaker(kind, id) {
  let since = performance.now();
  state.latest[kind] = id;
  return async () => {
    if (performance.now() - since < BUSY) return;
    await pause();
    if (state.latest[kind] !== id) throw new Error('A newer request has taken its place.');
    since = performance.now();
  };
}

function answerAll(network, pixels) {
  return armsOf(network).map(arm => answer(arm, pixels));
}

const HANDLERS = {
  load({data}) {
    Object.assign(state, {data, networks: []});
    return {networks: data.networks.length};
  },

  predict({network, pixels}) {
    return {arms: answerAll(network, pixels)};
  },

  // A drawing is prepared and answered at once; pixels are null if nothing is drawn.
  read({network, side, grey}) {
    const pixels = prepareDrawing(grey, side);
    return {pixels, arms: pixels && answerAll(network, pixels)};
  },

  steps({network, arm, pixels}) {
    return {steps: describeSteps(armsOf(network)[arm], pixels)};
  },

  weights({network, arm, step}) {
    const {weight, weights, biases} = armsOf(network)[arm].steps[step];
    return {shape: weight.shape, values: weights.slice(), bias: biases?.slice() ?? null};
  },

  curve({network, arm, step}) {
    const {low, step: size, table, slopes} = armsOf(network)[arm].steps[step].curvesByChannel[0];
    return {low, step: size, values: table.slice(), slopes: slopes.slice()};
  },

  async evidence({id, network, arm: index, pixels, patch}) {
    const arm = armsOf(network)[index], {shape, background} = setOf(network), [, height, width] = shape;
    const rest = pacemaker('evidence', id), map = new Float32Array(height * width);
    const logits = computeLogits(arm, pixels), predicted = indexOfLargest(logits);
    const whole = logProbability(logits, predicted);
    for (const y of everySecond(height)) for (const x of everySecond(width)) {
      const covered = withPatch(pixels, shape, y, x, patch, background);
      if (!covered) continue;
      map[y * width + x] = whole - logProbability(computeLogits(arm, covered), predicted);
      await rest();
    }
    return {map: fillBetween(map, height, width), predicted};
  },

  disturb({network, pixels, disturbance, level, seed}) {
    const changed = disturbed(pixels, setOf(network).shape, disturbance, level, seed);
    return {pixels: changed, arms: answerAll(network, changed)};
  },

  async breaks({id, network, pixels, disturbance, seed}) {
    const arms = armsOf(network), rest = pacemaker('breaks', id), first = arms.map(() => null);
    const before = arms.map(arm => indexOfLargest(computeLogits(arm, pixels)));
    for (const level of LEVELS) {
      const changed = disturbed(pixels, setOf(network).shape, disturbance, level, seed);
      for (let i = 0; i < arms.length; i++) {
        if (first[i] === null && indexOfLargest(computeLogits(arms[i], changed)) !== before[i]) first[i] = level;
        await rest();
      }
    }
    return {levels: LEVELS, arms: first};
  },
};

async function reply(message) {
  const {id, kind} = message;
  try {
    if (!Object.hasOwn(HANDLERS, kind)) throw new Error(`There is no request of the kind ${kind}.`);
    return {id, ...await HANDLERS[kind](message)};
  } catch (error) {
    return {id, error: error.message};
  }
}

self.onmessage = async ({data}) => self.postMessage(await reply(data));
