// Objects whose methods are called: every layer as its tests make it, optimizers, and what disposes them.
import ndarray from "ndarray";
import * as engine from "zoetrope";
import { importTypeScript } from "../support/typescript.mjs";

/** @typedef {import("../support/chance.mjs").Chance} Chance */

/** What tests/layers makes each layer from, and gives it. */
const { layerOf, layerRows } = await importTypeScript("test/support/cases/layers.ts");

/** The rows of layers that were made here, which know what a layer takes. @type {WeakMap<object, any>} */
const rowsOf = new WeakMap();

/** The rows of a layer by the name of its function. @returns {readonly any[]} */
export const rowsFor = (/** @type {string} */ name) => (Object.hasOwn(layerRows, name) ? layerRows[name] : []);

/** Layers of other names than their rows, and those that no row makes alone. @type {Record<string, (chance: Chance) => any>} */
const makers = {
  Layer: (chance) => layerByName(`${chance.of(Object.keys(layerRows))}Layer`, chance),
  RecurrentLayer: (chance) => layerByName(chance.of(["LSTMLayer", "GRULayer", "ConvLSTM2DLayer", "BidirectionalLayer"]), chance),
  Cell: (chance) => layerByName(chance.of(["LSTMCellLayer", "GRUCellLayer", "StackedRNNCellsLayer"]), chance),
  StackedRNNCellsLayer: () => engine.StackedRNNCells([engine.SimpleRNNCell({ units: 3 }), engine.LSTMCell({ units: 2 })]),
  OperationLayer: (chance) => {
    const x = engine.Input({ shape: [3] });
    return chance.of([engine.add(x, 1), engine.mean(x, [1], true), engine.concat([x, x], 1), engine.pad(x, [0, 1], [0, 1])]).node.layer;
  },
}; // prettier-ignore

/** A layer by the name of its class. */
export function layerByName(/** @type {string} */ name, /** @type {Chance} */ chance) {
  if (Object.hasOwn(makers, name)) return makers[name](chance);
  const made = rowsFor(name).length > 0 ? name : name.replace(/Layer$/, "");
  const rows = rowsFor(made);
  if (rows.length === 0) return undefined;
  const row = chance.of(rows);
  // A row of a cell makes a layer around it.
  const layer = made.endsWith("Cell") ? /** @type {any} */ (engine)[made](row.options) : layerOf(made, row);
  rowsOf.set(layer, row);
  return layer;
}

/** Inputs of more elements are not made. */
const mostElements = 2 ** 24;

/** Tensors that a layer takes; of a given shape where that is not known. A cell takes its states after the input. */
export function inputTensors(/** @type {any} */ layer, /** @type {readonly number[]} */ otherwise) {
  const { input = otherwise, integers } = rowsOf.get(layer) ?? { input: layer?.inputs?.[0]?.shape.map((/** @type {any} */ n) => n ?? 2) };
  let shapes = typeof input[0] === "object" ? input : [input];
  if (layer && "stateSize" in layer) {
    const [batch, , ...features] = input.length > 2 ? input : [2, 4, 3];
    shapes = [[batch, ...features], ...layer.stateShapes([batch, ...features])];
    if (shapes.flat().some(Number.isNaN)) return []; // a cell of frames, for which these are too few axes
  }
  const sizeOf = (/** @type {number[]} */ shape) => shape.reduce((product, size) => product * size, 1);
  if (shapes.some((/** @type {number[]} */ shape) => sizeOf(shape) > mostElements)) return []; // a model of huge pictures
  return shapes.map((/** @type {number[]} */ shape) => {
    const length = sizeOf(shape);
    return engine.tensor(Float32Array.from({ length }, (_, i) => (integers ? i % integers : Math.sin(i))), shape);
  });
} // prettier-ignore

const optimizers = [
  ...["SGD", "Adam", "AdamW", "RMSprop", "Adadelta", "Adafactor", "Adagrad", "Adamax", "Ftrl", "Lamb", "Lion", "Muon", "Nadam"],
  "ScheduleFreeAdamW",
]; // prettier-ignore

/** An optimizer, at times one that does more than its rule. */
export const optimizerBy = (/** @type {Chance} */ chance) =>
  /** @type {any} */ (engine)[chance.of(optimizers)](
    chance.of([{}, {}, { useEma: true }, { gradientAccumulationSteps: 2 }]),
  );

/** An array of the package ndarray. */
export const ndarrayOf = (/** @type {{ data: Float32Array, shape: number[] }} */ { data, shape }) =>
  ndarray(data, shape);

/** Disposes tensors, and those of layers, in a result of any form. */
export function disposeAll(/** @type {any} */ value, depth = 0) {
  if (!(value instanceof Object) || depth > 3) return;
  if (value instanceof engine.Tensor) return void (value.isDisposed || value.dispose());
  if (value instanceof engine.ModelLayer) value.dispose();
  else if (value instanceof engine.Layer) {
    /** @type {any} */ (value).resetStates?.();
    for (const weight of value.weights) weight.dispose();
  } else if (value instanceof engine.Optimizer) value.dispose();
  else if (!ArrayBuffer.isView(value)) {
    for (const each of value instanceof Map ? value.values() : Object.values(value)) disposeAll(each, depth + 1);
  }
}
