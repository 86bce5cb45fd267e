// Arguments that calls are meant to have, where their types alone do not say them.
import { readFileSync, writeFileSync } from "node:fs";
import * as engine from "zoetrope";
import { saveModel } from "zoetrope/formats";
import { pictureBytes, writeClips } from "../support/material.mjs";
import { smallModel } from "../support/models.mjs";
import { disposeAll, inputTensors, rowsFor } from "./objects.mjs";
import { recordedCall } from "./recordedCalls.mjs";

/** @typedef {import("./values.mjs").Values} Values */
/** @typedef {import("./types.mjs").Target} Target */
/** @typedef {(values: Values, self: any) => any[] | Promise<any[]>} Hint */

/** Files that functions read; made once. @type {Record<string, Uint8Array>} */
const files = {};

/** Makes the files in the current folder. */
export async function makeFiles() {
  const model = await smallModel();
  await saveModel(model, "model.safetensors");
  await saveModel(model, "model.keras");
  model.dispose();
  files.model = new Uint8Array(readFileSync("model.safetensors"));
  files.keras = new Uint8Array(readFileSync("model.keras"));
  files.picture = pictureBytes(8, 1);
  writeFileSync("photo.png", files.picture);
  writeClips("clips");
}

/** A file as its bytes or by its path. */
const modelFile = (/** @type {Values} */ { chance }) => [
  chance.of([files.model.slice(), files.keras.slice(), "model.safetensors"]),
];

const numbers = (/** @type {readonly number[]} */ shape) => {
  const length = shape.reduce((product, size) => product * size, 1);
  return { data: Float32Array.from({ length }, (_, i) => Math.sin(i)), shape: [...shape] };
};
const kept = (/** @type {Values} */ values, /** @type {any} */ x) => (
  values.made.push({ dispose: () => disposeAll(x) }),
  x
);
const tensorOf = (/** @type {Values} */ values, /** @type {readonly number[]} */ shape) =>
  kept(values, engine.tensor(numbers(shape).data, shape));

/** A model with a recurrent layer, and a clip for it. */
function recurrent(/** @type {Values} */ values) {
  const model = engine.Sequential([
    engine.Input({ shape: [4, 3] }),
    values.chance.of([engine.LSTM, engine.GRU, engine.SimpleRNN])({ units: 2 }),
    engine.Dense({ units: 3, activation: "softmax" }),
  ]);
  return [kept(values, model), values.chance.of([numbers([1, 4, 3]), tensorOf(values, [1, 4, 3])])];
}

/** The clip of a report. */
const clip = () => {
  const gates = { f: numbers([2, 3]), h: numbers([2, 3]), c: numbers([2, 3]) };
  return { name: "clip", size: 4, frames: new Uint8Array(96), times: [0, 1], gates, shares: {}, layer: "lstm" };
};
const picture = () => ({ width: 3, height: 2, rgb: new Uint8Array(18) });
/** The functions of a cell of one unit. */
const cellOf = (/** @type {number} */ gates) => ({
  project: () => engine.zeros([1, gates]),
  projectGates: () => engine.zeros([1, gates]),
  projectCandidate: () => engine.zeros([1, 1]),
  activation: engine.tanh,
  recurrentActivation: engine.sigmoid,
});
/** Rows of probabilities, and the numbers of their classes. */
const classes = (/** @type {Values} */ values) => [kept(values, engine.tensor([0, 2])), tensorOf(values, [2, 3])];

/** The first arguments of functions. @type {Record<string, Hint>} */
const ofFunctions = {
  Model: (values) => {
    const x = engine.Input({ shape: [3] });
    const layer = kept(values, engine.Dense({ units: 2 }));
    return [{ inputs: x, outputs: layer(x) }];
  },
  MobileNet: () => [{ weights: null, alpha: 0.25, inputShape: [32, 32, 3], classes: 3 }],
  valueAndGrad: (values) => {
    const weight = values.instance("Variable");
    return [() => engine.sum(engine.square(weight)), [weight]];
  },
  "valueAndGrad()": () => [],
  "getInitializer()": () => [[3, 2]],
  circle: classes,
  categoricalGeneralizedCrossEntropy: classes,
  sparseCategoricalCrossentropy: classes,
  sparseCategoricalAccuracy: classes,
  "Circle()": classes,
  "CategoricalGeneralizedCrossEntropy()": classes,
  "SparseCategoricalCrossentropy()": classes,
  "SparseTopKCategoricalAccuracy()": classes,
  movingDigits: () => [{ count: 2, size: 32, frames: 2 }],
  movingDigitBatches: () => [{ size: 32, frames: 2, batchSize: 1 }],
  lstmStep: (values) => [
    tensorOf(values, [1, 4]),
    { h: tensorOf(values, [1, 1]), c: tensorOf(values, [1, 1]) },
    cellOf(4),
  ],
  composedLstm: (values) => [tensorOf(values, [2, 1, 4]), cellOf(4), true],
  gruStep: (values) => [tensorOf(values, [1, 3]), tensorOf(values, [1, 1]), { ...cellOf(2), resetAfter: true }],
  "new OperationLayer": () => [{ operation: "add", args: [{ tensor: 0 }, 1] }],
  loadModel: modelFile,
  readMetadata: modelFile,
  loadWeights: (values) => [kept(values, smallUntrained()), ...modelFile(values)],
  readSafetensors: () => [files.model.slice()],
  exportOnnx: (values) => [kept(values, smallUntrained())],
  ablate: (values) => [...recurrent(values), { gate: "h", value: 0 }],
  gradientThroughTime: (values) => [...recurrent(values), 0],
  saturation: recurrent,
  splitAtRecurrent: (values) => recurrent(values).slice(0, 1),
  "splitAtRecurrent()": () => [],
  "loadModel()": () => [numbers([2, 3])],
  probe: () => ["photo.png"],
  readClip: () => ["photo.png", { frames: 1, size: 4 }],
  readFrames: () => ["photo.png", { size: 4, framesPerSecond: 1 }],
  listClips: () => ["clips/left"],
  listClasses: () => ["clips"],
  contentHash: () => ["photo.png"],
  trace: recurrent,
  traceClip: recurrent,
  stepGates: (values) => {
    const cell = kept(values, engine.LSTM({ units: 2 })).cell;
    return [cell, tensorOf(values, [1, 3]), [tensorOf(values, [1, 2]), tensorOf(values, [1, 2])]];
  },
  decodePicture: () => [files.picture.slice(), "a.png"],
  cropSquare: () => [picture()],
  resize: () => [picture(), 2, 2],
  gateStrip: () => [clip()],
  reportHtml: () => [{ title: "report", facts: [["a", "b"]], notes: [], clips: [clip()] }],
  "mobileNet.preprocessInput": () => [numbers([1, 2, 2, 3])],
  "mobileNet.decodePredictions": (values) => [tensorOf(values, [1, 1000])],
};

/** The first arguments of methods. @type {Record<string, Hint>} */
const ofMethods = {
  fit: trainingData,
  evaluate: trainingData,
  trainOnBatch: trainingData,
  testOnBatch: trainingData,
  predict: (values, self) => trainingData(values, self).slice(0, 1),
  predictOnBatch: (values, self) => trainingData(values, self).slice(0, 1),
  adapt: () => [numbers([2, 6, 5, 3])],
  setWeights: async (_, self) => [await self.getWeights()],
  apply: (values, self) => ("slots" in self ? gradients(values) : called(values, self)),
  slotsOf: (values) => [values.instance("Variable")],
  assign: (values) => [values.instance("Tensor")],
  getLayer: (values, self) => [values.chance.of([0, self.layers[0]?.name])],
  add: (values, self) => [self.outputs.length > 0 ? values.instance("Layer") : values.instance("SymbolicTensor")],
  onEpochEnd: () => [0, { loss: 1, val_loss: 1 }],
  onTrainBatchEnd: () => [0, { loss: 1 }],
  fill: () => [1, 1, 2, 2, [1, 2, 3]],
  blend: () => [1, 1, [1, 2, 3], 0.5],
};

const smallUntrained = () =>
  engine.Sequential([engine.Input({ shape: [3] }), engine.Dense({ units: 4 }), engine.Dense({ units: 2 })]);

/** Samples and targets of a model. @returns {any[]} */
function trainingData(/** @type {Values} */ values, /** @type {any} */ self) {
  const array = (/** @type {any} */ x) => numbers(x.shape.map((/** @type {number | null} */ size) => size ?? 2));
  const data = [self.inputs, self.outputs].map((list) => list.map(array));
  return data.map((list) => (list.length === 1 && values.chance.below(2) === 0 ? list[0] : list));
}

/** Gradients and their weights. */
function gradients(/** @type {Values} */ values) {
  const weights = [1, 2].map(() => values.instance("Variable"));
  return [weights.map(() => values.instance("Tensor")), weights];
}

/** What a layer is called with: a tensor or several; a cell with its states too. */
function called(/** @type {Values} */ values, /** @type {any} */ layer) {
  const made = inputTensors(layer, values.shape);
  const all = [...made]; // cases change the list
  values.made.push({ dispose: () => disposeAll(all) });
  if ("stateSize" in layer) return [made[0], made.slice(1)];
  return [made.length === 1 ? made[0] : made];
}

/** The first arguments of a call; undefined where types say enough. */
export function hintFor(/** @type {Target} */ target, /** @type {Values} */ values, /** @type {any} */ self) {
  const { kind, owner, member, name } = target;
  const { chance } = values;
  if (chance.below(4) === 0) return undefined;
  const known = kind === "result" ? `${owner}()` : name;
  if (Object.hasOwn(ofFunctions, known)) return ofFunctions[known](values, self);
  if (kind === "function" || kind === "new") {
    const rows = rowsFor(owner.replace(/Layer$/, "")).filter(({ make, options }) => options && !make);
    if (rows.length > 0) return [structuredClone(chance.of(rows).options)];
    return recordedCall(owner, chance, (shape) => tensorOf(values, shape));
  }
  if (self === undefined || self === null) return undefined;
  if (member !== undefined) return Object.hasOwn(ofMethods, member) ? ofMethods[member](values, self) : undefined;
  return "weights" in self ? called(values, self) : undefined;
}
