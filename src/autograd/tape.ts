/**
 * The tape of reverse-mode differentiation. While one runs, every op that touches something tracked (a weight, or what was
 * computed from one) leaves an entry. Entries stand in the order in which they were made, so nothing has to be sorted.
 */
import { type Scoped, setHeldTest } from "../scope.js";
import type { Tensor } from "../tensor.js";

/** For each input, a function that computes its gradient; called only where that gradient is wanted. */
export type InputGradients = readonly ((() => Tensor) | undefined)[];

export interface TapeEntry {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Gradients of the outputs (undefined: zero) to gradients of the inputs. */
  readonly backward: (dys: readonly (Tensor | undefined)[]) => InputGradients;
}

export class Tape {
  readonly entries: TapeEntry[] = [];
  /** Weights, and whatever depends on them. */
  readonly tracked: Set<Tensor>;
  /** What the entries need when they are walked back. */
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

/** Leaves an entry if an input is tracked. `saved`: what `backward` reads beside inputs and outputs. */
export function record(entry: TapeEntry, saved: readonly Tensor[] = []): void {
  if (isRecording(entry.inputs)) tape!.record(entry, saved);
}

export const isTapeRunning = (): boolean => tape !== undefined;

/** Runs `work` with `active` as the tape (undefined: nothing is recorded). */
export function withTape<T>(active: Tape | undefined, work: () => T): T {
  const outer = tape;
  tape = active;
  try {
    return work();
  } finally {
    tape = outer;
  }
}

/** Runs `work` so that no gradient flows through what it computes. */
export const stopGradient = <T>(work: () => T): T => withTape(undefined, work);
