/**
 * The backward pass: the entries of a tape are visited once, from the last to the first. Each maps the gradients of its
 * outputs to those of its inputs.
 */
import { provideGradients } from "../backends/wasm/gradients/provide.js";
import { ArgumentError } from "../errors.js";
import { scope, transaction } from "../scope.js";
import { allocate, constantTensor, Tensor } from "../tensor.js";
import { isTapeRunning, Tape, type TapeEntry, withTape } from "./tape.js";

/** A list of gradients, with their weights in the same order for `optimizer.apply`. */
export type Gradients = Tensor[] & {
  /** The weights, one for each gradient. */
  readonly weights: readonly Tensor[];
};

/** Makes the function that `valueAndGrad` returns; the public docstring is in autograd.ts. */
export function valueAndGrad<Args extends unknown[], Value extends Tensor | readonly Tensor[]>(
  loss: (...args: Args) => Value,
  weights: readonly Tensor[] | (() => readonly Tensor[]),
): (...args: Args) => { value: Value; grads: Gradients } {
  provideGradients();
  return (...args) => {
    const list = typeof weights === "function" ? weights() : weights;
    if (isTapeRunning())
      throw new ArgumentError("valueAndGrad: called inside another one; gradients of gradients are not supported.");
    const running = new Tape(list);
    return transaction(() => {
      const value = withTape(running, () => loss(...args));
      const target = value instanceof Tensor ? value : value[0];
      const one = constantTensor(target.shape, 1, target.backend);
      const found = backwardPass(running, new Map([[target, one]]), list);
      const grads = found.map((grad, i) => grad ?? constantTensor(list[i].shape, 0, list[i].backend));
      return { value, grads: Object.assign(grads, { weights: list }) };
    });
  };
}

/**
 * Visits the entries of a tape; gives the gradients of `wanted`, undefined where nothing depends on one.
 * @param grads those of the results, by tensor. It is changed, and they are disposed.
 */
export function backwardPass(
  running: Tape,
  grads: Map<Tensor, Tensor>,
  list: readonly Tensor[],
): (Tensor | undefined)[] {
  const wanted = new Set(list);
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
  return list.map((x) => grads.get(x));
}

/** Computes the gradients of the tracked inputs of one entry. Temporary tensors are disposed. */
function entryGradients(entry: TapeEntry, dys: readonly (Tensor | undefined)[], running: Tape): [Tensor, Tensor][] {
  return scope(() => {
    const rules = entry.backward(dys);
    const result: [Tensor, Tensor][] = [];
    entry.inputs.forEach((x, i) => {
      const dx = running.tracked.has(x) ? rules[i]?.() : undefined;
      // A rule may return its dy itself; a second tensor keeps the memory when dy is disposed.
      if (dx) result.push([x, dys.includes(dx) ? dx.as(dx.shape) : dx]);
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
