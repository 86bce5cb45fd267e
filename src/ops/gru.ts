/**
 * A GRU (Cho et al., 2014) over all time steps, as one op. `gruStep` is the definition to read. Each time step is one
 * product with the state and one kernel for the gates; where the reset gate takes effect before the product of the
 * candidate (as in the paper), it is two products. At a masked step the kernel of the gates keeps the state and sets
 * z = 1, so that all its gradients but that of h are 0, exactly.
 */
import { ShapeError, shapeText } from "../errors.js";
import { type Buffer, checkTensors, compute, isRecording, record } from "../op.js";
import { flatSize, type GateSize, gemmSize, sameShape, type Shape } from "../shape.js";
import { scope } from "../scope.js";
import { allocate, type Tensor } from "../tensor.js";
import { gradOfMatrix, gradOfState, statesBefore } from "./carry.js";
import { transpose } from "./move.js";

/** The weights by which a GRU projects its state. */
export interface GruStateWeights {
  /** Those of z, r and g, [units, 3 units]; with `candidate` those of z and r, [units, 2 units]. */
  gates: Tensor;
  /** The bias of the product with `gates`, [3 units]; none by default. */
  bias?: Tensor | undefined;
  /** The weights of g, [units, units], where the reset gate takes effect before the product. */
  candidate?: Tensor | undefined;
}

/** The state of a GRU after the last time step, and those of all time steps where `sequences` is true. */
export interface GruResult {
  /** The last state, `[batch, units]`. */
  h: Tensor;
  /** The states of all time steps, `[time, batch, units]`. */
  hs: Tensor | undefined;
}

/**
 * Computes all time steps of a GRU with tanh and sigmoid gates as one op. zx: [time, batch, 3 units], the projected
 * input with bias, gates in the order z r g.
 * @param sequences whether to return the states of all time steps, or only the last.
 * @param initial the state before the first step, [batch, units]; zeros by default.
 * @param mask [time, batch]: where it is 0, the state stays as it was.
 * @throws ShapeError where the weights or the initial state do not fit the input.
 */
export function gruSteps(
  zx: Tensor,
  weights: GruStateWeights,
  sequences: boolean,
  initial?: Tensor,
  mask?: Tensor,
): GruResult {
  const { gates, bias, candidate } = weights;
  checkShapes(zx, weights, initial);
  return scope(() => {
    const inputs = [zx, gates, bias, candidate, initial].filter((x) => x !== undefined);
    const pass = new GruPass(zx, weights, initial, isRecording(inputs), mask);
    const { h, hs } = pass.forward(sequences);
    record(
      {
        name: "gruSteps",
        inputs,
        outputs: hs ? [h, hs] : [h],
        backward: ([dh, dhs]) => {
          const grads = pass.backward(dh, dhs);
          const { zx: dzx, gates: dGates, bias: dBias, candidate: dCandidate, initial: dInitial } = grads;
          const all = [dzx, dGates, bias && dBias, candidate && dCandidate, initial && dInitial];
          return all.filter((x) => x !== undefined);
        },
      },
      pass.saved,
    );
    return { h, hs: sequences ? hs : undefined };
  });
}

function checkShapes(zx: Tensor, { gates, candidate }: GruStateWeights, initial: Tensor | undefined): void {
  checkTensors("gru", [zx, gates, candidate ?? zx, initial ?? zx]);
  const [time, batch, parts] = zx.shape;
  if (zx.shape.length !== 3 || time < 1 || parts % 3 > 0) {
    throw new ShapeError(
      `gru: expected [time, batch, 3 units] and at least one step, received ${shapeText(zx.shape)}.`,
    );
  }
  const units = parts / 3;
  const expected: [Tensor | undefined, string, Shape][] = [
    [gates, "recurrent weights", [units, (candidate ? 2 : 3) * units]],
    [candidate, "recurrent weights", [units, units]],
    [initial, "an initial state", [batch, units]],
  ];
  for (const [x, what, shape] of expected) {
    if (x && !sameShape(x.shape, shape)) {
      throw new ShapeError(`gru: expected ${what} ${shapeText(shape)}, received ${shapeText(x.shape)}.`);
    }
  }
}

/** One forward pass, with the tensors that its backward pass reads. */
class GruPass {
  readonly #time: number;
  readonly #size: GateSize;
  /** The elements of a state. */
  readonly #n: number;
  /** The parts of the gradient of the state's projection: z r g, or z r. */
  readonly #width: number;
  readonly #before: Tensor;
  /** The gates and states z r g p h of each time step; only recorded passes store them. */
  readonly #states: Tensor[] = [];
  #hs: Tensor | undefined;
  /** The products r h of all time steps, where the reset gate takes effect before the product. */
  #resets: Tensor | undefined;

  constructor(
    readonly zx: Tensor,
    readonly weights: GruStateWeights,
    readonly initial: Tensor | undefined,
    readonly recording: boolean,
    readonly mask: Tensor | undefined,
  ) {
    const [time, rows, parts] = zx.shape as [number, number, number];
    const units = parts / 3;
    this.#time = time;
    this.#size = { rows, units };
    this.#n = rows * units;
    this.#width = weights.candidate ? 2 : 3;
    this.#before = initial ?? this.#state((k, y) => k.fill(y, 0));
  }

  get saved(): Tensor[] {
    return [...this.#states, this.#hs, this.#resets, this.#before].filter((x) => x !== undefined);
  }

  /** Computes a tensor of the shape of the state by kernels. */
  #state(forward: Parameters<typeof compute>[3]): Tensor {
    return compute("gruSteps", [this.zx], [this.#size.rows, this.#size.units], forward);
  }

  forward(sequences: boolean): GruResult {
    const { zx, recording, mask } = this;
    const { gates, bias, candidate } = this.weights;
    const { rows, units } = this.#size;
    const { backend } = zx;
    const { kernels: k } = backend;
    const n = this.#n;
    const shape = [rows, units];
    const all = [this.#time, rows, units];
    if (sequences || recording) this.#hs = allocate(all, backend);
    if (candidate && recording) this.#resets = allocate(all, backend);
    const zh = allocate([this.#width, ...shape], backend);
    const reset = candidate && allocate(shape, backend);
    const product = candidate && allocate(shape, backend);
    const stored = recording ? 5 : 1;
    let h = this.#before.buffer;
    let [states, before]: Tensor[] = [];
    for (let t = 0; t < this.#time; t++) {
      k.gemm(zh.buffer, h, gates.buffer, bias?.buffer, gemmSize(rows, units, this.#width * units));
      if (candidate) {
        const [r, rh] = [this.#part(zx.buffer, t * 3 * n, 3), this.#part(zh.buffer, 0, 2)];
        k.add(reset!.buffer, r, rh, { shape, aStrides: [3 * units, 1], bStrides: [2 * units, 1] });
        k.sigmoid(reset!.buffer, reset!.buffer);
        k.multiply(reset!.buffer, reset!.buffer, h, { shape: [n], aStrides: [1], bStrides: [1] });
        k.gemm(product!.buffer, reset!.buffer, candidate.buffer, undefined, gemmSize(rows, units, units));
        if (this.#resets) k.copyInto(this.#resets.buffer, reset!.buffer, flatSize(n, t * n));
      }
      // Unrecorded steps write to two tensors in turn, because a step reads the state before it.
      [states, before] = [(!recording && before) || allocate([stored, ...shape], backend), states];
      const x = backend.view(zx.buffer, t * 3 * n, 3 * n);
      const used = mask && backend.view(mask.buffer, t * rows, rows);
      k.gruGates(states.buffer, x, zh.buffer, h, product?.buffer, used, recording, this.#size);
      h = backend.view(states.buffer, (stored - 1) * n, n);
      if (this.#hs) k.copyInto(this.#hs.buffer, h, flatSize(n, t * n));
      if (recording) this.#states.push(states);
    }
    return { hs: this.#hs, h: this.#state((kernels, y) => kernels.copyFrom(y, h, flatSize(n))) };
  }

  /** Views the gate r, the second part of each row, from a place in a buffer. */
  #part(buffer: Buffer, at: number, parts: number): Buffer {
    const { rows, units } = this.#size;
    if (rows === 0) return this.zx.backend.view(buffer, at, 0);
    return this.zx.backend.view(buffer, at + units, (parts * rows - parts + 1) * units);
  }

  /** Backpropagates through time, from the gradients of the last h and of all. */
  backward(dhLast: Tensor | undefined, dhs: Tensor | undefined) {
    const { zx, initial } = this;
    const { gates, candidate } = this.weights;
    const { rows, units } = this.#size;
    const { backend } = zx;
    const { kernels: k } = backend;
    const [n, time, width] = [this.#n, this.#time, this.#width];
    const parts = 3 + width;
    const grads = allocate([time, parts, rows, units], backend); // of zx and zh, time step by time step
    // The backend keeps other layouts of weights, but these are parts of one: they are transposed once for all time steps.
    const turned = candidate && { gates: transpose(gates), candidate: transpose(candidate) };
    let dh = dhLast;
    let direct: Buffer | undefined;
    let later: Tensor | undefined;
    for (let t = time - 1; t >= 0; t--) {
      const total = gradOfState(dh, dhs, t) ?? this.#state((_, y) => k.fill(y, 0));
      const step = this.#gradOfStep(total.buffer, direct, t, turned?.candidate);
      k.copyInto(grads.buffer, backend.view(step.buffer, 0, parts * n), flatSize(parts * n, t * parts * n));
      for (const used of [total, dh, later]) if (used !== dhLast) used?.dispose();
      dh = undefined;
      if (t > 0 || initial) {
        const dz = backend.view(step.buffer, 3 * n, width * n);
        const size = gemmSize(rows, width * units, units, false, !turned);
        dh = this.#state((_, y) => k.gemm(y, dz, (turned?.gates ?? gates).buffer, undefined, size));
      }
      direct = backend.view(step.buffer, parts * n, n);
      later = step;
    }
    /** Gathers the gradients of zx (from part 0 on) or zh (from part 3 on) of all time steps. */
    const parted = (from: number, count: number) =>
      compute("gruSteps", [zx], [time, rows, count * units], (_, y) =>
        k.copyFrom(y, grads.buffer, { shape: [time, count * n], strides: [parts * n, 1], offset: from * n }),
      );
    const dzh = parted(3, width);
    return {
      zx: () => parted(0, 3),
      gates: () => gradOfMatrix(gates, statesBefore(this.#before, this.#hs!), dzh),
      bias: () =>
        compute("gruSteps", [zx], [3 * units], (_, y) =>
          k.sum(y, dzh.buffer, { outer: 1, length: time * rows, inner: 3 * units }),
        ),
      candidate: () =>
        gradOfMatrix(
          candidate!,
          this.#resets!,
          scope(() => gatherLast(parted(0, 3), units)),
        ),
      initial: () => this.#state((_, y) => k.add(y, dh!.buffer, direct!, { shape: [n], aStrides: [1], bStrides: [1] })),
    };
  }

  /**
   * Computes the gradients of time step t: of zx, of zh, and the part of that of h which does not pass zh. `candidate`:
   * its weights, transposed.
   */
  #gradOfStep(dh: Buffer, direct: Buffer | undefined, t: number, candidate: Tensor | undefined): Tensor {
    const { rows, units } = this.#size;
    const { backend } = this.zx;
    const { kernels: k } = backend;
    const n = this.#n;
    const states = this.#states[t].buffer;
    const before = t > 0 ? backend.view(this.#states[t - 1].buffer, 4 * n, n) : this.#before.buffer;
    const grads = (drh: Buffer | undefined): Tensor => {
      const step = allocate([drh ? 6 : 7, rows, units], backend);
      k.gruGatesGrad(step.buffer, dh, direct, states, before, drh, this.#size);
      return step;
    };
    const first = grads(undefined);
    if (!candidate) return first;
    // The gradient of the candidate does not depend on that of r h, which follows from it.
    return scope(() => {
      const dg = this.#state((_, y) =>
        k.copyFrom(y, first.buffer, { shape: [rows, units], strides: [3 * units, 1], offset: 2 * units }),
      );
      first.dispose();
      const drh = this.#state((_, y) =>
        k.gemm(y, dg.buffer, candidate.buffer, undefined, gemmSize(rows, units, units)),
      );
      return grads(drh.buffer);
    });
  }
}

/** Copies the last `units` columns of x. */
const gatherLast = (x: Tensor, units: number): Tensor => {
  const columns = x.shape.at(-1)!;
  const rows = x.size / columns;
  return compute("gruSteps", [x], [rows, units], (k, y) =>
    k.copyFrom(y, x.buffer, { shape: [rows, units], strides: [columns, 1], offset: columns - units }),
  );
};
