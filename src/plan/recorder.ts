/** Records the kernel calls of a computation in place of running them. */
import { type AnyBackend, type Buffer, type Recordable, recordedBy } from "../backend.js";
import type { Kernels } from "../kernels.js";
import { layerPath } from "../launch.js";
import type { Shape } from "../shape.js";
import { Slot, viewOf } from "../slot.js";
import { allocate, Tensor } from "../tensor.js";
import type { Row, Waiting } from "./row.js";

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
  /** Whether strings are among the inputs, which layers look up in JavaScript. */
  readonly hasText: boolean;
}

/** Takes the calls of a backend. Memory is not asked for: tensors get slots. */
class Recorder implements Recordable {
  readonly rows: Row[] = [];
  readonly places = new Map<Slot, number>();
  readonly live = new Set<Slot>();
  readonly freed: Buffer[] = [];
  readonly kernels: Kernels<Buffer>;

  constructor() {
    const get =
      (_: object, kernel: string) =>
      (...args: unknown[]) =>
        this.#add(kernel as Row["kernel"], args);
    this.kernels = new Proxy({}, { get }) as Kernels<Buffer>;
  }

  #add(kernel: Row["kernel"], args: readonly unknown[]): void {
    this.rows.push({ kernel, args, layers: [layerPath()] });
  }

  allocate(length: number, kind?: "weight"): Buffer {
    const slot = new Slot(length, kind);
    this.places.set(slot, this.places.size);
    this.live.add(slot);
    return slot;
  }

  free(buffer: Buffer): void {
    if (!this.live.delete(buffer as Slot)) this.freed.push(buffer);
  }

  view(buffer: Buffer, offset: number, length: number): Buffer {
    return viewOf(buffer, offset, length);
  }

  write(buffer: Buffer, values: ArrayLike<number>): void {
    // A copy, as the caller may change them before the write runs.
    this.#add("write", [buffer, ArrayBuffer.isView(values) ? (values as Float32Array).slice() : Array.from(values)]);
  }

  read(buffer: Buffer): Promise<Float32Array | Float64Array> {
    return new Promise((resolve, reject) => this.#add("read", [buffer, { resolve, reject }]));
  }
}

/**
 * Records `work` for inputs of these shapes on a backend, or for strings; masks: those of the inputs, where they have
 * some. `work` must be synchronous.
 */
export function record(
  backend: AnyBackend,
  given: readonly (Shape | Tensor)[],
  masks: readonly (Shape | undefined)[],
  work: (inputs: Tensor[]) => Tensor[],
): Recording {
  const recorder = new Recorder();
  const { rows, places, live, freed } = recorder;
  return recordedBy(backend, recorder, () => {
    const inputs = given.map((x) => (x instanceof Tensor ? x : allocate(x, backend)));
    const numbers = inputs.filter((x) => !given.includes(x));
    masks.forEach((shape, i) => shape && (inputs[i].mask = allocate(shape, backend)));
    const slots = [...numbers, ...inputs.map((x) => x.mask)].flatMap((x) => (x ? [x.buffer as Slot] : []));
    const tensors = orReject(rows, () => work(inputs));
    const outputs = tensors.map(({ buffer, shape }) => ({ buffer, shape }));
    // A layer may return a tensor that it holds.
    for (const x of new Set([...numbers, ...tensors])) if (live.has(x.buffer as Slot)) x.dispose();
    return {
      backend,
      inputs: slots,
      outputs,
      rows,
      places,
      kept: [...live],
      freed,
      hasText: numbers.length < inputs.length,
    };
  });
}

/** Runs work. If it fails, who waits for a read of it is told. */
function orReject<T>(rows: readonly Row[], work: () => T): T {
  try {
    return work();
  } catch (error) {
    for (const { kernel, args } of rows) if (kernel === "read") (args[1] as Waiting).reject(error);
    throw error;
  }
}
