/** Runs the rows of a plan. */
import type { Buffer } from "../backend.js";
import { flatSize, type Shape } from "../shape.js";
import { keep, type Resumable } from "../scope.js";
import { Slot } from "../slot.js";
import { allocate, type Tensor } from "../tensor.js";
import { boundTo } from "./constants.js";
import type { Plan, Step } from "./plan.js";
import { callRow, macsOf } from "./row.js";

/**
 * Runs a plan on inputs. It yields the multiply-adds after each row. Slots have memory from their first row to their last,
 * so that runs of one plan may overlap. Where it fails, or is ended before, memory of others is as it was before.
 * @param finish calls `rest`, which runs the rows from the first that writes to memory of others on and gives the outputs,
 * and does what is to be done or undone together with them. By default there is a pause after these rows, too.
 */
export function* runPlan(
  plan: Plan,
  inputs: readonly Buffer[],
  finish?: (rest: () => readonly Tensor[]) => void,
): Resumable<Tensor[]> {
  const { backend, steps, kept } = plan;
  const shapes = new Map<Buffer, Shape>(plan.outputs.map(({ slot, shape }) => [slot, shape]));
  const made = new Map<Buffer, Tensor>(); // the outputs
  const lent = new Map<Buffer, Buffer>(); // what is not freed with its last row
  plan.inputs.forEach((slot, i) => lent.set(slot, inputs[i]));
  const own = new Map<Buffer, Buffer>();
  const saved = new Map<Buffer, Buffer>();
  const bound = (buffer: Buffer): Buffer => {
    const known = lent.get(buffer) ?? own.get(buffer);
    if (known) return known;
    if (!(buffer instanceof Slot) || buffer.real) return boundTo(buffer, backend);
    const shape = shapes.get(buffer);
    if (shape) {
      const output = allocate(shape, backend);
      made.set(buffer, output);
      lent.set(buffer, output.buffer);
      return output.buffer;
    }
    const real = backend.allocate(buffer.length, buffer.kind);
    if (kept.has(buffer)) buffer.real = real;
    else own.set(buffer, real);
    return real;
  };
  const release = (slot: Buffer) => {
    const real = own.get(slot);
    if (real && own.delete(slot)) backend.free(real);
  };
  function* run(some: readonly Step[]): Resumable<void> {
    for (const { row, places, changed, last } of some) {
      for (const target of changed) if (!saved.has(target)) save(target);
      callRow(backend, row, bound, places);
      yield macsOf(row); // where several threads compute it, until it is complete
      last.forEach(release);
    }
  }
  const outputsNow = () => plan.outputs.map(({ slot }) => made.get(slot)!);
  let isDone = false;
  try {
    const first = steps.findIndex(({ changed }) => changed.length > 0);
    const end = finish && first >= 0 ? first : steps.length;
    yield* run(steps.slice(0, end));
    finish?.(() => {
      Array.from(run(steps.slice(end)));
      return outputsNow();
    });
    isDone = true;
    const outputs = outputsNow();
    for (const output of outputs) keep(output);
    return outputs;
  } finally {
    for (const slot of own.keys()) release(slot);
    for (const [target, copy] of saved) {
      if (!isDone && !target.root.isFreed) backend.kernels.copyFrom(target, copy, flatSize(copy.length));
      backend.free(copy);
    }
    for (const buffer of plan.freed) backend.free(buffer);
  }

  function save(target: Buffer): void {
    const copy = backend.allocate(target.length);
    own.set(copy, copy); // freed where copying fails
    backend.kernels.copyFrom(copy, target, flatSize(copy.length));
    own.delete(copy);
    saved.set(target, copy);
  }
}
