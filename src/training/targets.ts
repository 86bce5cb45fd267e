/** Looks at targets before they are trained on: numbers that stand for no class would spoil all weights. */
import { ArgumentError } from "../errors.js";
import { undone } from "../scope.js";
import { asTensor } from "../tensor.js";
import { onHost, type ReadyBatch } from "./data.js";
import type { TrainedModel } from "./trainedModel.js";

/** The losses whose targets are 0 or 1, or parts of 1. */
export const binary = /^binary(Focal)?Crossentropy$/;
/** The losses whose targets are class numbers. */
const numbered = /^(ctc|sparseCategoricalCrossentropy|categoricalGeneralizedCrossEntropy)$/;

/**
 * Checks the targets of losses that want class numbers. What has the weight 0, or lies in a masked step, may be anything.
 * @throws ArgumentError for a number that is no class.
 */
export async function checkTargets(where: string, model: TrainedModel, batch: ReadyBatch): Promise<void> {
  for (const { output, loss } of model.needCompiled(where).losses) {
    const isBinary = binary.test(loss.name);
    if (!batch.y[output] || !(isBinary || numbered.test(loss.name))) continue;
    const { axis = -1, ignoreClass } = Object(loss.config) as { axis?: number; ignoreClass?: number };
    const targets = (await onHost(batch.y[output])).data as Float32Array;
    const classes = isBinary ? 2 : (model.outputs[output].shape.at(axis) ?? Infinity);
    const isRight = (t: number) => (t >= 0 && (isBinary ? t <= 1 : t < classes && t % 1 === 0)) || t === ignoreClass;
    if (targets.every(isRight)) continue;
    const given = batch.weights[output];
    const factors = [given && (await onHost(given)).data, await maskOf(model, batch, output)];
    const isUsed = (i: number) => factors.every((data) => data?.[Math.floor((i * data.length) / targets.length)] !== 0);
    const wrong = targets.find((t, i) => !isRight(t) && isUsed(i));
    if (wrong === undefined) continue;
    const isFrom1 = wrong === classes && targets.every((t) => t > 0);
    const slip =
      wrong < 0 ? "; leave steps out by a mask or sampleWeight 0" : isFrom1 ? "; counted from 1? subtract 1" : "";
    throw new ArgumentError(
      `${where}: target ${wrong} is no class; expected whole numbers from 0 to ${classes - 1}${slip}.`,
    );
  }
}

/** Reads the mask of an output, which only the layers know; what computing it changes, such as states, is undone. */
async function maskOf(model: TrainedModel, batch: ReadyBatch, output: number): Promise<Float32Array | undefined> {
  return undone(() => model.compute(batch.x.map(asTensor))[output].mask?.data());
}
