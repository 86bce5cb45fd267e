/** Records the kernel calls of a computation in place of running them. */
import { type AnyBackend, type Buffer, type Recordable, recordedBy } from "../backend.js";
import type { Kernels } from "../kernels.js";
import { layerPath } from "../launch.js";
import type { Shape } from "../shape.js";
import { Slot, viewOf } from "../slot.js";
import { allocate, Tensor } from "../tensor.js";
import type { Row } from "./row.js";

/** A buffer and the shape of the tensor that it belongs to. */
export interface Shaped {
  readonly buffer: Buffer;
  readonly shape: Shape;
}

/** What a computation would have done. */
export interface Recording {
  readonly backend: AnyBackend;
  /** The slots that stand for the inputs. */
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Shaped[];
  /** The calls, in order. */
  readonly rows: readonly Row[];
  /** All slots, in the order in which they were asked for. */
  readonly places: ReadonlyMap<Slot, number>;
  /** Slots of tensors that are no outputs and still live. */
  readonly kept: readonly Slot[];
  /** Buffers that were freed, although calls before may read them. */
  readonly freed: readonly Buffer[];
}

/**
 * Records `work` for inputs of these shapes on a backend, or for strings; masks: those of the inputs, where they have
 * some. `work` must be synchronous. Memory is not asked for: tensors get slots.
 * @param drawsLate whether layers draw random numbers when the record runs, instead of now.
 */
export function record(
  backend: AnyBackend,
  given: readonly (Shape | Tensor)[],
  masks: readonly (Shape | undefined)[],
  work: (inputs: Tensor[]) => Tensor[],
  drawsLate = false,
): Recording {
  const rows: Row[] = [];
  const places = new Map<Slot, number>();
  const live = new Set<Buffer>();
  const freed: Buffer[] = [];
  const add = (kernel: Row["kernel"], args: readonly unknown[]) =>
    void rows.push({ kernel, args, layers: [layerPath()] });
  const kernel = (_: object, name: Row["kernel"]) => (...args: unknown[]) => add(name, args); // prettier-ignore
  const recorder: Recordable = {
    kernels: new Proxy({}, { get: kernel as never }) as Kernels<Buffer>,
    allocate(length, kind) {
      const slot = new Slot(length, kind);
      places.set(slot, places.size);
      live.add(slot);
      return slot;
    },
    free: (buffer) => void (live.delete(buffer) || freed.push(buffer)),
    view: viewOf,
    // A copy, as the caller may change the values before the write runs.
    write(buffer, values) {
      if (typeof values !== "function") values = Array.from(values);
      else if (!drawsLate) values = values();
      add("write", [buffer, values]);
    },
    read: (buffer) => new Promise((resolve) => add("read", [resolve, buffer])),
  };
  return recordedBy(backend, recorder, () => {
    const inputs = given.map((x) => (x instanceof Tensor ? x : allocate(x, backend)));
    const numbers = inputs.filter((x) => !given.includes(x));
    masks.forEach((shape, i) => shape && (inputs[i].mask = allocate(shape, backend)));
    const slots = [...numbers, ...inputs.map((x) => x.mask)].flatMap((x) => (x ? [x.buffer as Slot] : []));
    const tensors = work(inputs);
    const outputs = tensors.map(({ buffer, shape }) => ({ buffer, shape }));
    // A layer may return a tensor that it holds.
    for (const x of new Set([...numbers, ...tensors])) if (live.has(x.buffer)) x.dispose();
    const kept = [...live] as Slot[];
    return { backend, inputs: slots, outputs, rows, places, kept, freed };
  });
}
