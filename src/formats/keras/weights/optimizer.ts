/**
 * The state of Keras's optimizers as a list: the number of updates, the learning rate, the slots of the trainable
 * weights.
 */
import { FileError, shapeText } from "../../../errors.js";
import type { ModelLayer } from "../../../model.js";
import type { Optimizer } from "../../../optimizer.js";
import { sameShape } from "../../../shape.js";
import type { Variable } from "../../../tensor.js";
import type { H5Dataset, H5Group } from "../../hdf5/read.js";
import type { H5DatasetToWrite, H5GroupToWrite } from "../../hdf5/write.js";
import type { FileValues } from "../../format.js";
import { checkUpdates } from "../../training.js";
import { type Assignment, checkFinite, checkFiniteToWrite } from "../../weights.js";

/** The order of slots in Keras's list: weight by weight for Adam, kind by kind for the others. */
function slotPlaces(
  { name, slotNames }: Optimizer,
  weights: readonly Variable[],
  kindByKind = !name.startsWith("Adam"),
): [weight: Variable, slot: number][] {
  const slots = slotNames.map((_, slot) => slot);
  if (kindByKind) return slots.flatMap((slot) => weights.map((weight) => [weight, slot] as [Variable, number]));
  return weights.flatMap((weight) => slots.map((slot) => [weight, slot] as [Variable, number]));
}

const hasRate = (optimizer: Optimizer): boolean => typeof optimizer.getConfig().learningRate === "number";

/** The group `optimizer` of a file; undefined for a model that is not compiled. */
export async function optimizerToWrite(where: string, model: ModelLayer): Promise<H5GroupToWrite | undefined> {
  const { optimizer } = model;
  if (!optimizer) return undefined;
  const scalars: H5DatasetToWrite[] = [{ shape: [], data: BigInt64Array.of(BigInt(optimizer.iterations)) }];
  if (hasRate(optimizer)) scalars.push({ shape: [], data: Float32Array.of(optimizer.learningRate) });
  const places = optimizer.built ? slotPlaces(optimizer, model.trainableWeights) : [];
  const slots = places.map(async ([weight, i]): Promise<H5DatasetToWrite> => {
    const slot = optimizer.slots.get(weight)?.[i];
    const data = slot ? await slot.data() : new Float32Array(weight.size);
    checkFiniteToWrite(where, slot?.name ?? weight.name, data);
    return { shape: [...weight.shape], data };
  });
  const all = [...scalars, ...(await Promise.all(slots))];
  const vars = {
    attributes: { name: optimizer.name.toLowerCase() },
    datasets: new Map(all.map((item, i) => [String(i), item])),
  };
  return { groups: new Map([["vars", vars]]) };
}

/** Counts the numbers in a file. */
export const countValues = ({ datasets, groups }: H5Group): number =>
  [...datasets.values()].reduce((sum, { data }) => sum + data.length, 0) +
  [...groups.values()].reduce((sum, group) => sum + countValues(group), 0);

/**
 * The state of an optimizer in a file.
 * @param list in order: the number of updates, in most files the learning rate, and the slots if there are any.
 * @param kindByKind whether the slots are in order of their kinds, as those of Adam until Keras 2.10.
 */
export const optimizerValues = (
  where: string,
  list: readonly H5Dataset[],
  kindByKind?: boolean,
): Pick<FileValues, "updates" | "matchOptimizer"> => ({
  updates: list[0]?.data[0],
  matchOptimizer: (model) => matchOptimizer(where, model, list, kindByKind),
});

/**
 * The values of the list for the slots of a compiled model, none of which is assigned yet. The learning rate is set.
 * @throws FileError where the list does not fit this optimizer and these trainable weights.
 */
function matchOptimizer(
  where: string,
  model: ModelLayer,
  list: readonly H5Dataset[],
  kindByKind: boolean | undefined,
): Assignment[] {
  const { optimizer } = model;
  if (!optimizer || list.length === 0) return [];
  const weights = model.trainableWeights;
  const places = slotPlaces(optimizer, weights, kindByKind);
  const numScalars = list.length <= 2 ? list.length : list.length - places.length;
  if (![1, 2].includes(numScalars) || list.slice(0, numScalars).some(({ shape }) => shape.length > 0)) {
    throw new FileError(
      `${where} holds ${list.length} arrays of its optimizer, ${optimizer.name} has ${places.length + 2} with ${weights.length} trainable weights; load with { compile: false }, and compile anew.`,
    );
  }
  const found = list.slice(numScalars).map(({ shape, data }, i): Assignment => {
    const [weight, slot] = places[i];
    const name = `optimizer ${optimizer.slotNames[slot]} of ${weight.name}`;
    if (!sameShape(weight.shape, shape)) {
      throw new FileError(
        `${where} holds ${shapeText(shape)} as ${name}, which is ${shapeText(weight.shape)}; load with { compile: false }.`,
      );
    }
    checkFinite(where, name, model, data);
    return [optimizer.slotsOf(weight)[slot], data];
  });
  // The last, so that nothing has changed where an array does not fit.
  if (numScalars === 2 && hasRate(optimizer)) setRate(where, optimizer, list[1].data[0]);
  return found;
}

/** @throws FileError for a learning rate that is none. */
function setRate(where: string, optimizer: Optimizer, rate: number): void {
  if (!(rate >= 0 && rate < Infinity)) {
    throw new FileError(`${where} holds the learning rate ${rate}; expected a finite number from 0.`);
  }
  optimizer.learningRate = rate;
}

/**
 * The values for the slots of a model, whose learning rate and number of updates are set. Where they do not fit, there
 * are none and the optimizer stays as it is.
 */
export function adoptOptimizer(model: ModelLayer, values: FileValues): Assignment[] {
  try {
    if (values.updates !== undefined) checkUpdates("", values.updates);
    const found = values.matchOptimizer(model);
    if (model.optimizer && values.updates !== undefined) model.optimizer.iterations = values.updates;
    return found;
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}
