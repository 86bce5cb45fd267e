/** Runs the rows of a plan. */
import type { Buffer } from "../backend.js";
import { flatSize } from "../shape.js";
import { keep, type Resumable } from "../scope.js";
import { Slot } from "../slot.js";
import { allocate, type Tensor } from "../tensor.js";
import { boundTo } from "./constants.js";
import type { Plan } from "./plan.js";
import { callRow, macsOf, written } from "./row.js";

/**
 * Runs a plan on inputs. It yields the multiply-adds after each row. Slots have memory from their first row to their last,
 * so that runs of one plan may overlap. Where it fails, or is ended before, memory of others is as it was before.
 */
export function* runPlan(plan: Plan, inputs: readonly Buffer[]): Resumable<Tensor[]> {
  const { backend, steps, kept } = plan;
  const lent = new Map<Buffer, Buffer>(); // what is not freed with its last row
  plan.inputs.forEach((slot, i) => lent.set(slot, inputs[i]));
  const own = new Map<Buffer, Buffer>();
  const saved = new Map<Buffer, Buffer>();
  const bound = (buffer: Buffer): Buffer => {
    const known = lent.get(buffer) ?? own.get(buffer);
    if (known) return known;
    if (!(buffer instanceof Slot) || buffer.real) return boundTo(buffer, backend);
    const real = backend.allocate(buffer.length, buffer.kind);
    if (kept.has(buffer)) buffer.real = real;
    else own.set(buffer, real);
    return real;
  };
  const release = (slot: Buffer) => {
    const real = own.get(slot);
    if (real && own.delete(slot)) backend.free(real);
  };
  let isDone = false;
  try {
    const outputs = plan.outputs.map(({ slot, shape }) => {
      const output = allocate(shape, backend);
      lent.set(slot, output.buffer);
      return output;
    });
    for (const { row, last } of steps) {
      for (const target of written(row)) if (!(target instanceof Slot) && !saved.has(target)) save(target);
      callRow(backend, row, bound);
      yield macsOf(row); // where several threads compute it, until it is complete
      last.forEach(release);
    }
    isDone = true;
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
    saved.set(target, copy);
    backend.kernels.copyFrom(copy, target, flatSize(copy.length));
  }
}
