// Small models for cases, and what must hold for every model.
import { Dense, Input, Sequential, setSeed } from "zoetrope";
import { Finding } from "../finding.mjs";

/** A trained model of two layers for inputs of three numbers. */
export async function smallModel(seed = 1) {
  setSeed(seed);
  const model = Sequential([Input({ shape: [3] }), Dense({ units: 4, activation: "tanh" }), Dense({ units: 2 })]);
  model.compile({ optimizer: "adam", loss: "mse" });
  await model.trainOnBatch(...batchOf(4));
  return model;
}

/** Inputs and targets of `smallModel`. @returns {[import("zoetrope").HostArray, import("zoetrope").HostArray]} */
export function batchOf(/** @type {number} */ count) {
  const numbers = (/** @type {number} */ n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i + 1));
  return [
    { data: numbers(3 * count), shape: [count, 3] },
    { data: numbers(2 * count), shape: [count, 2] },
  ];
}

/** Disposes the tensors of a model. */
export function disposeModel(/** @type {import("zoetrope").ModelLayer} */ model) {
  model.dispose();
}

/** @throws Finding where weights have not as many numbers as their shapes say, or some that are not finite. */
export async function weightsAreSound(/** @type {import("zoetrope").ModelLayer} */ model) {
  for (const weight of model.weights) {
    const values = await weight.data();
    const length = weight.shape.reduce((product, size) => product * size, 1);
    if (values.length !== length)
      throw new Finding("lost", `${weight.name} has ${values.length} numbers, not ${length}`);
    if (!values.every(Number.isFinite)) throw new Finding("lost", `${weight.name} holds numbers that are not finite`);
  }
}

/** The weights of a model as bytes, to compare them bit for bit. */
export async function weightBytesOf(/** @type {import("zoetrope").ModelLayer} */ model) {
  const arrays = await model.getWeights();
  return Buffer.concat(arrays.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)));
}
