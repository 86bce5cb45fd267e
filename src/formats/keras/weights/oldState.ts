/**
 * The state of an optimizer in `.h5` files of Keras 1 and 2, which name its arrays: `Adam/dense/kernel/m:0` (2.3 to 2.10),
 * `Adam/m/dense/kernel:0` (from 2.11), `training/Adam/m_0:0` (2.3 without TensorFlow), `training/Adam/Variable_3:0` (until
 * 2.2). The number of updates may be missing or listed twice.
 */
import { FileError } from "../../../errors.js";
import type { ModelLayer } from "../../../model.js";
import type { Optimizer } from "../../../optimizer.js";
import { sameShape } from "../../../shape.js";
import type { Variable } from "../../../tensor.js";
import type { H5Dataset } from "../../hdf5/read.js";
import { snake } from "../config/names.js";
import type { OptimizerState } from "../../training.js";
import { matchSlot } from "./optimizer.js";

/** What Keras 1 and 2 call the slots -> our names. */
const slotWords: Readonly<Record<string, string>> = {
  m: "momentum",
  moment: "momentum",
  momentum: "momentum",
  v: "velocity",
  rms: "velocity",
  velocity: "velocity",
  vhat: "velocityHat",
  mg: "averageGradient",
  average_gradient: "averageGradient",
  average: "average",
  accumulator: "accumulator",
  linear: "linear",
};
/** Where an optimizer has other words for its slots. */
const ownWords: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Adadelta: {
    accum_grad: "accumulatedGrad",
    accumulated_grad: "accumulatedGrad",
    accumulator: "accumulatedGrad",
    accum_var: "accumulatedDeltaVar",
    accumulated_delta_var: "accumulatedDeltaVar",
    delta_accumulator: "accumulatedDeltaVar",
  },
  Adamax: { v: "norm", u: "norm" },
  RMSprop: { accumulator: "velocity" },
};

/** The optimizers whose arrays Keras until 2.2 lists without names, with the kinds in their order. */
const unnamedKinds: Readonly<Record<string, readonly string[]>> = {
  SGD: ["momentum"],
  RMSprop: ["velocity"],
  Adagrad: ["accumulator"],
  Adadelta: ["accumulatedGrad", "accumulatedDeltaVar"],
  Adam: ["momentum", "velocity", "velocityHat"],
  Adamax: ["momentum", "norm"],
  Nadam: ["momentum", "velocity"],
};

/** The optimizers whose steps depend on their number. */
const counting = ["Adam", "AdamW", "Adamax", "Nadam", "Lamb", "Adafactor", "ScheduleFreeAdamW", "Muon"];
/** The slots that hold means or sums of squares, or largest values: none of their numbers is below 0. */
const fromZero = ["velocity", "velocityHat", "accumulator", "accumulatedGrad", "accumulatedDeltaVar", "norm"];

interface Sorted {
  readonly updates?: number;
  readonly learningRate?: number;
  /** The arrays of each slot in the order of the weights. */
  readonly bySlot: ReadonlyMap<string, H5Dataset[]>;
}

/**
 * The state of an optimizer in the named arrays of a file.
 * @throws FileError where it does not fit this optimizer and these trainable weights.
 */
export function stateOfNames(
  where: string,
  model: ModelLayer,
  optimizer: Optimizer,
  names: readonly string[],
  list: readonly H5Dataset[],
): OptimizerState {
  const weights = model.trainableWeights;
  const { updates, learningRate, bySlot } = sort(where, optimizer, weights, names, list);
  const isScheduled = typeof optimizer.getConfig().learningRate !== "number";
  const isEmpty = list.length === 0;
  if (updates === undefined && !isEmpty && (isScheduled || counting.includes(optimizer.name))) {
    throw new FileError(
      `${where} holds the optimizer without its number of updates, on which ${isScheduled ? "the learning rate" : optimizer.name} depends; load with { compile: false }.`,
    );
  }
  const slots = bySlot.size === 0 ? [] : optimizer.slotNames;
  return {
    updates,
    learningRate: isScheduled ? undefined : learningRate,
    slots: slots.flatMap((slot, i) => {
      const arrays = bySlot.get(slot) ?? [];
      if (arrays.length !== weights.length) {
        throw new FileError(
          `${where} holds ${arrays.length} arrays of the ${slot} of ${optimizer.name}, for ${weights.length} trainable weights; load with { compile: false }.`,
        );
      }
      return weights.map((weight, w) => matchSlot(where, model, optimizer, [weight, i], arrays[w]));
    }),
  };
}

function sort(
  where: string,
  optimizer: Optimizer,
  weights: readonly Variable[],
  names: readonly string[],
  list: readonly H5Dataset[],
): Sorted {
  const kinds = names.map((name) => kindOf(name, optimizer));
  const first = (kind: string): number | undefined => list[kinds.indexOf(kind)]?.data[0];
  const scalars = { updates: first("count"), learningRate: first("rate") };
  const bySlot = new Map<string, H5Dataset[]>();
  const unnamed: H5Dataset[] = [];
  kinds.forEach((kind, i) => {
    if (kind === undefined) unnamed.push(list[i]);
    else if (!["count", "rate", "other"].includes(kind)) bySlot.set(kind, [...(bySlot.get(kind) ?? []), list[i]]);
  });
  if (unnamed.length === 0) return { ...scalars, bySlot };
  if (bySlot.size > 0) {
    const name = names[kinds.indexOf(undefined)];
    throw new FileError(
      `${where} holds "${name}" of its optimizer, whose meaning is not known; load with { compile: false }.`,
    );
  }
  const numbers = unnamed.filter(({ shape }) => shape.length === 0);
  const arrays = unnamed.filter(({ shape }) => shape.length > 0);
  return { updates: scalars.updates ?? numbers[0]?.data[0], bySlot: sortUnnamed(where, optimizer, weights, arrays) };
}

/** What the name of an array says: "count", "rate", "other" (a number that follows from the count), or our name of a slot. */
function kindOf(name: string, optimizer: Optimizer): string | undefined {
  const words = { ...slotWords, ...(Object.hasOwn(ownWords, optimizer.name) ? ownWords[optimizer.name] : {}) };
  const folders = name.replace(/:\d+$/, "").split("/");
  const last = folders.at(-1)!;
  if (/^(iterations?|iter)(_\d+)?$/.test(last)) return "count";
  if (/^(current_)?learning_rate$/.test(last)) return "rate";
  if (/^(m_schedule|momentum_cache|u_product)(_\d+)?$/.test(last)) return "other";
  const isWord = (word: string) => Object.hasOwn(words, word);
  if (folders.length > 2 && isWord(last)) return words[last];
  if (folders.length > 2 && isWord(folders[1])) return words[folders[1]];
  const numbered = /^([a-z_]+)_\d+$/.exec(last)?.[1];
  if (numbered !== undefined && isWord(numbered)) return words[numbered];
  // Keras 3: adam/dense_kernel_momentum
  const ends = [...optimizer.slotNames].sort((a, b) => b.length - a.length);
  return ends.find((slot) => last.endsWith(`_${snake(slot)}`));
}

/**
 * The slots of arrays whose names say nothing. Those versions of Keras list them kind by kind; only where that cannot be,
 * because of shapes, or because a mean of squares would be below 0, weight by weight. Kinds that the optimizer does not
 * use are left out: the momentum of plain SGD, the largest means of Adam without `amsgrad`.
 */
function sortUnnamed(
  where: string,
  optimizer: Optimizer,
  weights: readonly Variable[],
  arrays: readonly H5Dataset[],
): Map<string, H5Dataset[]> {
  const { name, slotNames } = optimizer;
  const numKinds = arrays.length / weights.length;
  const kinds = Object.hasOwn(unnamedKinds, name) ? unnamedKinds[name].slice(0, numKinds) : [];
  if (arrays.length === 0 || slotNames.length === 0) return new Map();
  const orders = [
    (kind: number) => weights.map((_, w) => arrays[kind * weights.length + w]),
    (kind: number) => weights.map((_, w) => arrays[w * numKinds + kind]),
  ];
  const isWhole = kinds.length === numKinds && slotNames.every((slot) => kinds.includes(slot));
  for (const order of isWhole ? orders : []) {
    const bySlot = new Map(slotNames.map((slot) => [slot, order(kinds.indexOf(slot))]));
    const fits = [...bySlot].every(([slot, own]) =>
      own.every((array, w) => sameShape(array.shape, weights[w].shape) && canHold(slot, array)),
    );
    if (fits) return bySlot;
  }
  throw new FileError(
    `${where} holds ${arrays.length} unnamed arrays of its optimizer, which are not those of ${name} with ${weights.length} trainable weights; load with { compile: false }.`,
  );
}

function canHold(slot: string, { data }: H5Dataset): boolean {
  if (!fromZero.includes(slot)) return true;
  for (let i = 0; i < data.length; i++) if (data[i] < 0) return false;
  return true;
}
