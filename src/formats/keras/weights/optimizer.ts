/**
 * The state of Keras's optimizers as a list: the number of updates, the learning rate, the slots of the trainable
 * weights.
 */
import { FileError, shapeText } from "../../../errors.js";
import type { ModelLayer } from "../../../model.js";
import type { Optimizer } from "../../../optimizer.js";
import { nadamProduct } from "../../../optimizers/adamLike.js";
import { extensionOf } from "../../../optimizers/extension.js";
import { sameShape } from "../../../shape.js";
import type { Variable } from "../../../tensor.js";
import type { H5Dataset, H5Group } from "../../hdf5/read.js";
import type { H5DatasetToWrite, H5GroupToWrite } from "../../hdf5/write.js";
import type { FileValues } from "../../format.js";
import { adoptState, type OptimizerState } from "../../training.js";
import { type Assignment, checkFinite, checkFiniteToWrite } from "../../weights.js";

type Place = [weight: Variable, slot: number];

/**
 * The slots in the order of Keras's list: averages and accumulated gradients kind by kind, then those of the rule, of which
 * the first are listed weight by weight.
 */
function slotPlaces(optimizer: Optimizer, weights: readonly Variable[]): Place[] {
  const { slotNames, interleaved, extension } = optimizer;
  const all = slotNames.map((_, slot) => slot);
  const own = all.slice(0, all.length - (extension?.slotNames.length ?? 0));
  const kindByKind = (slots: number[]) => slots.flatMap((slot) => weights.map((weight): Place => [weight, slot]));
  const together = weights.flatMap((weight) => own.slice(0, interleaved).map((slot): Place => [weight, slot]));
  const places = [...kindByKind(all.slice(own.length)), ...together, ...kindByKind(own.slice(interleaved))];
  return places.filter(([weight, slot]) => isListed(optimizer, weight, slot));
}

/** Keras has no velocity for the weights to which Muon applies its own rule. */
const isListed = (optimizer: Optimizer, weight: Variable, slot: number): boolean =>
  optimizer.name !== "Muon" || optimizer.slotShape(optimizer.slotNames[slot], weight).length === weight.shape.length;

const hasRate = (optimizer: Optimizer): boolean => typeof optimizer.getConfig().learningRate === "number";

// ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const count = (value: number): H5DatasetToWrite => ({ shape: [], data: BigInt64Array.of(BigInt(value)) });
const float = (value: number): H5DatasetToWrite => ({ shape: [], data: Float32Array.of(value) });

/** The group `optimizer` of a file; undefined for a model that is not compiled. */
export async function optimizerToWrite(where: string, model: ModelLayer): Promise<H5GroupToWrite | undefined> {
  const { optimizer } = model;
  if (!optimizer) return undefined;
  const extension = extensionOf(optimizer);
  const { lossScale } = extension ?? {};
  if (lossScale?.settled) await lossScale.settled;
  const scalars = [count(optimizer.iterations), ...(hasRate(optimizer) ? [float(optimizer.learningRate)] : [])];
  const places = optimizer.built ? slotPlaces(optimizer, model.trainableWeights) : [];
  const product = nadamProduct(optimizer, Math.floor(optimizer.iterations / (extension?.every ?? 1)));
  const slots = places.map(async ([weight, i]): Promise<H5DatasetToWrite> => {
    const slot = optimizer.slots.get(weight)?.[i] ?? optimizer.slotsOf(weight)[i];
    const data = await slot.data();
    checkFiniteToWrite(where, slot.name, data);
    return { shape: [...slot.shape], data };
  });
  const rest = optimizer.built && product !== undefined ? [float(product)] : [];
  const list = [...scalars, ...(await Promise.all(slots)), ...rest];
  if (!lossScale) return { groups: new Map([["vars", listed(optimizer.name, list)]]) };
  const scale = optimizer.built ? [count(lossScale.state.steps), float(lossScale.state.scale)] : [];
  const inner: H5GroupToWrite = { groups: new Map([["vars", listed(optimizer.name, list)]]) };
  const outer = listed("loss_scale_optimizer", [count(0), float(0), ...scale, ...list]);
  const groups = new Map([["vars", outer], ["inner_optimizer", inner]]); // prettier-ignore
  return { groups };
}

const listed = (name: string, list: readonly H5DatasetToWrite[]): H5GroupToWrite => ({
  attributes: { name: name.toLowerCase() },
  datasets: new Map(list.map((item, i) => [String(i), item])),
});

// ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Counts the numbers in a file. */
export const countValues = ({ datasets, groups }: H5Group): number =>
  [...datasets.values()].reduce((sum, { data }) => sum + data.length, 0) +
  [...groups.values()].reduce((sum, group) => sum + countValues(group), 0);

/**
 * The state of an optimizer in a list of Keras 3: the number of updates, in most files the learning rate, and the slots if
 * there are any. Before these, `LossScaleOptimizer` has four numbers of its own.
 * @throws FileError where the list does not fit this optimizer and these trainable weights.
 */
export function stateOfList(
  where: string,
  model: ModelLayer,
  optimizer: Optimizer,
  all: readonly H5Dataset[],
): OptimizerState {
  const weights = model.trainableWeights;
  const places = slotPlaces(optimizer, weights);
  const isScaled = extensionOf(optimizer)?.lossScale !== undefined;
  const numAfter = optimizer.name === "Nadam" ? 1 : 0;
  const starts = isScaled ? [4, 2] : [0];
  const rates = hasRate(optimizer) ? [1, 0] : [0, 1];
  // The first that fits: with slots, then as an optimizer that was never used.
  const layouts = [places.length + numAfter, 0].flatMap((rest) =>
    starts.flatMap((start) => rates.map((rate) => ({ start, rate, rest }))),
  );
  const layout = layouts.find(({ start, rate, rest }) => {
    const end = start + 1 + rate;
    return all.length === end + rest && all.slice(0, end).every(({ shape }) => shape.length === 0);
  });
  if (all.length === 0) return { slots: [] };
  if (!layout) {
    throw new FileError(
      `${where} holds ${all.length} arrays of its optimizer, ${optimizer.name} has ${places.length + 2 + numAfter} with ${weights.length} trainable weights; load with { compile: false }, and compile anew.`,
    );
  }
  const list = all.slice(layout.start);
  const given = layout.rest > 0 ? places : [];
  return {
    updates: list[0].data[0],
    learningRate: layout.rate === 1 && hasRate(optimizer) ? list[1].data[0] : undefined,
    lossScale: layout.start === 4 ? { steps: all[2].data[0], scale: all[3].data[0] } : undefined,
    slots: given.map((place, i) => matchSlot(where, model, optimizer, place, list[1 + layout.rate + i])),
  };
}

/** The values of an array for a slot. @throws FileError for another shape, and for values that are not finite. */
export function matchSlot(
  where: string,
  model: ModelLayer,
  optimizer: Optimizer,
  [weight, slot]: Place,
  { shape, data }: H5Dataset,
): Assignment {
  const name = `optimizer ${optimizer.slotNames[slot]} of ${weight.name}`;
  const wanted = optimizer.slotShape(optimizer.slotNames[slot], weight);
  if (!sameShape(wanted, shape)) {
    throw new FileError(
      `${where} holds ${shapeText(shape)} as ${name}, which is ${shapeText(wanted)}; load with { compile: false }.`,
    );
  }
  checkFinite(where, name, model, data);
  return [optimizer.slotsOf(weight)[slot], data];
}

/**
 * The values for the slots of a model, whose learning rate and number of updates are set. Where they do not fit, there
 * are none and the optimizer stays as it is.
 */
export function adoptOptimizer(where: string, model: ModelLayer, values: FileValues): Assignment[] {
  const { optimizer } = model;
  if (!optimizer) return [];
  try {
    const state = values.optimizerState(model, optimizer);
    adoptState(where, optimizer, state);
    return state.slots;
  } catch (error) {
    if (error instanceof FileError) return [];
    throw error;
  }
}
