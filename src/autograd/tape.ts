/**
 * The tape of reverse-mode differentiation. While one is active, every op with a tracked input (a weight, or a tensor
 * computed from one) records an entry. The entries are in the order of computation, so they need no sorting.
 */
import { checkFunction } from "../errors.js";
import { type Scoped, setHeldTest } from "../scope.js";
import type { Tensor } from "../tensor.js";

/** For each input, a function that computes its gradient. It is called only when that gradient is needed. */
export type InputGradients = readonly ((() => Tensor) | undefined)[];

/** A recorded op. */
export interface TapeEntry {
  /** The name of the op, for error messages. */
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Maps the gradients of the outputs (undefined means zero) to those of the inputs. */
  readonly backward: (dys: readonly (Tensor | undefined)[]) => InputGradients;
}

/** The ops that were recorded while a function ran, and the tensors that its backward pass needs. */
export class Tape {
  readonly entries: TapeEntry[] = [];
  /** The tracked tensors: weights, and the tensors that depend on them. */
  readonly tracked: Set<Tensor>;
  /** The tensors that the entries need in the backward pass. */
  readonly held = new Set<Scoped>();

  constructor(weights: readonly Tensor[]) {
    this.tracked = new Set(weights);
  }

  record(entry: TapeEntry, saved: readonly Tensor[]): void {
    this.entries.push(entry);
    for (const output of entry.outputs) this.tracked.add(output);
    for (const x of [...entry.inputs, ...entry.outputs, ...saved]) this.held.add(x);
  }
}

let tape: Tape | undefined;
setHeldTest((x) => tape !== undefined && tape.held.has(x));

/** Whether an op on these inputs would be recorded. */
export const isRecording = (inputs: readonly Tensor[]): boolean =>
  tape !== undefined && inputs.some((x) => tape!.tracked.has(x));

/** Records an entry if an input is tracked. `saved`: tensors that `backward` reads besides inputs and outputs. */
export function record(entry: TapeEntry, saved: readonly Tensor[] = []): void {
  if (isRecording(entry.inputs)) tape!.record(entry, saved);
}

/** Whether a tape is active. */
export const isTapeRunning = (): boolean => tape !== undefined;

/** Runs `work` with `active` as the tape; undefined records nothing. */
export function withTape<T>(active: Tape | undefined, work: () => T): T {
  const outer = tape;
  tape = active;
  try {
    return work();
  } finally {
    tape = outer;
  }
}

/**
 * Runs `work` and returns its result, through which no gradient flows.
 *
 * @example
 * const target = stopGradient(() => softmax(x));
 */
export function stopGradient<T>(work: () => T): T {
  checkFunction("stopGradient", work);
  return withTape(undefined, work);
}
