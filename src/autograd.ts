/**
 * Reverse-mode differentiation. While a tape runs, every op that touches something tracked (a weight, or what was computed
 * from one) leaves an entry. `gradients` walks the entries backwards once and hands each output's gradient to its op's own
 * rule. Entries stand in the order in which they were made, so nothing has to be sorted.
 */
import { allocate, filled, holdTensors, scope, Tensor } from "./tensor.js";
import { ArgumentError, ShapeError, shapeText } from "./errors.js";

/** For each input, a function that computes its gradient; called only where that gradient is wanted. */
export type InputGradients = readonly ((() => Tensor) | undefined)[];

export interface TapeEntry {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Gradients of the outputs (undefined: zero) to gradients of the inputs. */
  readonly backward: (dys: readonly (Tensor | undefined)[]) => InputGradients;
}

class Tape {
  readonly entries: TapeEntry[] = [];
  /** Weights, and whatever depends on them. */
  readonly tracked: Set<Tensor>;
  /** What the entries need when they are walked back. */
  readonly held = new Set<Tensor>();

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
holdTensors((x) => tape !== undefined && tape.held.has(x));

/** Whether an op on these inputs would be recorded. */
export const isRecording = (inputs: readonly Tensor[]): boolean =>
  tape !== undefined && inputs.some((x) => tape!.tracked.has(x));

/** Leaves an entry if an input is tracked. `saved`: what `backward` reads beside inputs and outputs. */
export function record(entry: TapeEntry, saved: readonly Tensor[] = []): void {
  if (isRecording(entry.inputs)) tape!.record(entry, saved);
}

/** Runs `work` with `active` as the tape (undefined: nothing is recorded). */
function withTape<T>(active: Tape | undefined, work: () => T): T {
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

/** Gradients in the order of the weights they belong to, which come along for `optimizer.apply`. */
export type Gradients = Tensor[] & { readonly weights: readonly Tensor[] };

/**
 * A function that computes `loss(...args)` and its gradient with respect to `weights` (a list, or a function that gives
 * one at each call). `loss` returns a tensor of one element, or an array of tensors that begins with it.
 * Everything else that it made is given back. A weight that the loss does not depend on has a gradient of zeros.
 * @throws ShapeError where the loss has more than one element.
 */
export function valueAndGrad<Args extends unknown[], Value extends Tensor | readonly Tensor[]>(
  loss: (...args: Args) => Value,
  weights: readonly Tensor[] | (() => readonly Tensor[]),
): (...args: Args) => { value: Value; grads: Gradients } {
  return (...args) => {
    const list = typeof weights === "function" ? weights() : weights;
    if (tape)
      throw new ArgumentError("valueAndGrad: called inside another one; gradients of gradients are not supported.");
    const running = new Tape(list);
    return scope(() => {
      const value = withTape(running, () => loss(...args));
      const target = value instanceof Tensor ? value : value[0];
      const grads = gradients(running, target, list);
      return { value, grads: Object.assign(grads, { weights: list }) };
    });
  };
}

function gradients(running: Tape, target: Tensor, weights: readonly Tensor[]): Tensor[] {
  if (target.size !== 1) {
    throw new ShapeError(
      `valueAndGrad: expected a loss of one element, received ${shapeText(target.shape)}; take its mean.`,
    );
  }
  const grads = new Map<Tensor, Tensor>([[target, filled(target.shape, 1, target.backend)]]);
  const wanted = new Set(weights);
  for (const entry of running.entries.reverse()) {
    const dys = entry.outputs.map((output) => grads.get(output));
    if (dys.every((dy) => dy === undefined)) continue;
    for (const [x, dx] of entryGradients(entry, dys, running)) accumulate(grads, x, dx);
    for (const output of entry.outputs) {
      if (wanted.has(output)) continue;
      grads.get(output)?.dispose();
      grads.delete(output);
    }
  }
  return weights.map((w) => grads.get(w) ?? filled(w.shape, 0, w.backend));
}

/** The gradients that one entry sends to its tracked inputs; temporaries on the way are given back. */
function entryGradients(entry: TapeEntry, dys: readonly (Tensor | undefined)[], running: Tape): [Tensor, Tensor][] {
  return scope(() => {
    const rules = entry.backward(dys);
    const result: [Tensor, Tensor][] = [];
    entry.inputs.forEach((x, i) => {
      const rule = rules[i];
      if (!rule || !running.tracked.has(x)) return;
      const dx = rule();
      // A rule may hand its dy on; the copy of the handle keeps the memory when dy is given back.
      result.push([x, dys.includes(dx) ? dx.as(dx.shape) : dx]);
    });
    return result;
  });
}

function accumulate(grads: Map<Tensor, Tensor>, x: Tensor, dx: Tensor): void {
  const before = grads.get(x);
  if (!before) return void grads.set(x, dx);
  const total = allocate(x.shape, x.backend);
  const size = { shape: [x.size], aStrides: [1], bStrides: [1] };
  x.backend.kernels.add(total.buffer, before.buffer, dx.buffer, size);
  before.dispose();
  dx.dispose();
  grads.set(x, total);
}
