/**
 * All time steps of an LSTM or ConvLSTM as one op: each is one projection of the state and one kernel for the gates. At a
 * masked step the kernel keeps both states and sets i = o = 0 and f = 1. Then all gradients of the step are 0, exactly;
 * only that of h is carried over by `copyWhere`.
 */
import { ShapeError, shapeText } from "../errors.js";
import { type Buffer, checkTensors, compute, isRecording, type OpKernels, record } from "../op.js";
import { conv2dSize, flatSize, type GateSize, gemmSize, sameShape, type Shape, sizeOf } from "../shape.js";
import { scope } from "../scope.js";
import { allocate, type Tensor } from "../tensor.js";
import { carry, gradOfState, rowMask, statesBefore } from "./carry.js";

/** The states of an LSTM, each `[...rows, units]`. */
export interface LstmState {
  /** The hidden state. */
  h: Tensor;
  /** The cell state, the memory. */
  c: Tensor;
}

/** The states of an LSTM after the last time step, and all hidden states where `sequences` is true. */
export interface LstmResult extends LstmState {
  /** The hidden states of all time steps: `[batch, time, ...state]`, of `composedLstm` `[time, ...state]`. */
  hs: Tensor | undefined;
}

/** The kernels that project a state h: [rows, units] to pre-activations z: [rows, 4 units], by a matrix product or a convolution. */
export interface StateProjection {
  weights: Tensor;
  forward(k: OpKernels, z: Buffer, h: Buffer): void;
  gradInput(k: OpKernels, dh: Buffer, dz: Buffer): void;
  /** Computes the gradient of the weights over several time steps at once; hs and dzs contain them one after the other. */
  gradFilter(k: OpKernels, dWeights: Buffer, hs: Buffer, dzs: Buffer): void;
}

/** Projects h: [rows, units] by a product with the recurrent kernel [units, 4 units]. */
export function matrixProjection(weights: Tensor): StateProjection {
  const [units, gates] = weights.shape as [number, number];
  return {
    weights,
    forward: (k, z, h) => k.gemm(z, h, weights.buffer, undefined, gemmSize(h.length / units, units, gates)),
    gradInput: (k, dh, dz) =>
      k.gemm(dh, dz, weights.buffer, undefined, gemmSize(dh.length / units, gates, units, false, true)),
    gradFilter: (k, dw, hs, dzs) => k.gemm(dw, hs, dzs, undefined, gemmSize(units, hs.length / units, gates, true)),
  };
}

/**
 * Projects h: [batch, height, width, filters] by a convolution with the recurrent kernel, with stride 1 and padding
 * "same". Without a height, h and the kernel have one axis of space, and frames are of height 1.
 */
export function convolutionProjection(weights: Tensor, map: Shape): StateProjection {
  const [height, width] = map.length > 1 ? map : [1, map[0]];
  const filters = weights.shape.at(-2)!;
  const area = height * width;
  const kernel = map.length > 1 ? weights.shape : [1, ...weights.shape];
  const sizeFor = (states: number) =>
    conv2dSize("convLstm2d", [states / (area * filters), height, width, filters], kernel, { padding: "same" });
  return {
    weights,
    forward: (k, z, h) => k.conv2d(z, h, weights.buffer, undefined, sizeFor(h.length)),
    gradInput: (k, dh, dz) => k.conv2dGradInput(dh, dz, weights.buffer, sizeFor(dh.length)),
    gradFilter: (k, dw, hs, dzs) => k.conv2dGradFilter(dw, hs, dzs, sizeFor(hs.length)),
  };
}

/**
 * Computes all time steps as one op. zx: [time, batch, ..., 4 units], the projected input with bias; the initial states
 * are zeros by default.
 * @param sequences whether to return the states h of all time steps, or only the last.
 * @param mask [time, batch]: where it is 0, both states stay as they were.
 * @throws ShapeError where the recurrent weights or the initial states do not fit zx.
 */
export function lstmSteps(
  zx: Tensor,
  project: StateProjection,
  sequences: boolean,
  initial?: LstmState,
  mask?: Tensor,
): LstmResult {
  checkShapes(zx, project.weights, initial);
  return scope(() => {
    const inputs = initial ? [zx, project.weights, initial.h, initial.c] : [zx, project.weights];
    const pass = new LstmPass(zx, project, initial, isRecording(inputs), sequences, mask);
    const { h, c, hs } = pass.forward();
    const outputs = hs ? [h, c, hs] : [h, c];
    record(
      { name: "lstmSteps", inputs, outputs, backward: ([dh, dc, dhs]) => pass.backward(dhs, dh, dc) },
      pass.saved(),
    );
    return { hs: sequences ? hs : undefined, h, c };
  });
}

function checkShapes(zx: Tensor, weights: Tensor, initial: LstmState | undefined): void {
  const gates = zx.shape.at(-1)!;
  if (zx.shape[0] < 1) throw new ShapeError(`lstm: expected at least one step, received ${shapeText(zx.shape)}.`);
  if (weights.shape.at(-1) !== gates || weights.shape.at(-2) !== gates / 4) {
    throw new ShapeError(
      `lstm: expected a recurrent kernel [..., ${gates / 4}, ${gates}], received ${shapeText(weights.shape)}.`,
    );
  }
  const state = [...zx.shape.slice(1, -1), gates / 4];
  const { h, c } = initial ?? { h: zx, c: zx };
  checkTensors("lstm", [h, c]);
  for (const x of initial ? [h, c] : []) {
    if (!sameShape(x.shape, state)) {
      throw new ShapeError(`lstm: expected an initial state ${shapeText(state)}, received ${shapeText(x.shape)}.`);
    }
  }
}

/**
 * One forward pass, with the tensors that its backward pass reads. In the backward pass each time step is one kernel for the gradients of
 * the gates and one projection; the gradient of the recurrent weights is one product over all time steps at the end.
 */
class LstmPass {
  readonly #time: number;
  readonly #stateShape: Shape;
  readonly #size: GateSize;
  readonly #n: number;
  /** The gates and states i f g o c h of each time step; only recorded passes store them, for the backward pass. */
  readonly #states: Tensor[] = [];
  #hs: Tensor | undefined;

  constructor(
    readonly zx: Tensor,
    readonly project: StateProjection,
    readonly initial: LstmState | undefined,
    readonly recording: boolean,
    readonly sequences: boolean,
    readonly mask: Tensor | undefined,
  ) {
    const units = zx.shape.at(-1)! / 4;
    this.#time = zx.shape[0];
    this.#stateShape = [...zx.shape.slice(1, -1), units];
    this.#n = sizeOf(this.#stateShape);
    this.#size = { rows: this.#n / units, units };
  }

  saved(): Tensor[] {
    return [...this.#states, this.#hs, this.mask].filter((x) => x !== undefined);
  }

  forward(): LstmResult {
    const { zx, project, recording, mask, initial } = this;
    const { backend } = zx;
    const { kernels: k } = backend;
    const n = this.#n;
    const { rows } = this.#size;
    const used = mask && rowMask(mask, rows).buffer;
    const stored = recording ? 6 : 2;
    let h = initial?.h.buffer;
    let c = initial?.c.buffer;
    if (this.sequences || recording) this.#hs = allocate([this.#time, ...this.#stateShape], backend);
    const zh = allocate([...this.#stateShape.slice(0, -1), 4 * this.#size.units], backend);
    let [states, before]: Tensor[] = [];
    for (let t = 0; t < this.#time; t++) {
      if (h) project.forward(k, zh.buffer, h);
      // Unrecorded steps write to two tensors in turn, because a step reads the states before it.
      [states, before] = [(!recording && before) || allocate([stored, ...this.#stateShape], backend), states];
      const x = backend.view(zx.buffer, t * 4 * n, 4 * n);
      const usedNow = used && backend.view(used, t * rows, rows);
      k.lstmGates(states.buffer, x, h && zh.buffer, c, h, usedNow, recording, this.#size);
      c = backend.view(states.buffer, (stored - 2) * n, n);
      h = backend.view(states.buffer, (stored - 1) * n, n);
      if (this.#hs) k.copyInto(this.#hs.buffer, h, flatSize(n, t * n));
      if (recording) this.#states.push(states);
    }
    return { hs: this.#hs, h: this.#copy(h), c: this.#copy(c) };
  }

  /** Copies a state; zeros where there is none. */
  #copy(from?: Buffer): Tensor {
    return compute("lstmSteps", [this.zx], this.#stateShape, (k, y) => {
      if (from) k.copyFrom(y, from, flatSize(this.#n));
      else k.fill(y, 0);
    });
  }

  /** Backpropagates through time, from the gradients of hs (all time steps) and of the last h and c. */
  backward(dhs: Tensor | undefined, dhLast: Tensor | undefined, dcLast: Tensor | undefined) {
    const { zx, project, initial, mask } = this;
    const { backend } = zx;
    const { kernels: k } = backend;
    const n = this.#n;
    const dzs = allocate(zx.shape, backend);
    let dh = mask && dhLast ? this.#copy(dhLast.buffer) : dhLast; // carried over in place
    let dc = dcLast?.buffer;
    let later: Tensor | undefined;
    for (let t = this.#time - 1; t >= 0; t--) {
      const total = gradOfState(dh, dhs, t) ?? this.#copy();
      const states = this.#states[t].buffer;
      const c = t > 0 ? backend.view(this.#states[t - 1].buffer, 4 * n, n) : initial?.c.buffer;
      const grads = allocate([5, ...this.#stateShape], backend);
      k.lstmGatesGrad(grads.buffer, total.buffer, dc, states, c, this.#size);
      const dz = backend.view(grads.buffer, 0, 4 * n);
      k.copyInto(dzs.buffer, dz, flatSize(4 * n, t * 4 * n));
      dc = backend.view(grads.buffer, 4 * n, n);
      let next: Tensor | undefined;
      if (t > 0 || initial) {
        next = allocate(this.#stateShape, backend);
        project.gradInput(k, next.buffer, dz);
        if (mask) {
          carry(total, next.buffer, mask, t);
          next.dispose();
          next = total;
        }
      }
      for (const used of [total, dh]) if (used !== dhLast && used !== next) used?.dispose();
      dh = next;
      later?.dispose();
      later = grads;
    }
    /** The sum over t of h[t-1], transposed, times dz[t]. */
    const dWeights = () =>
      compute("lstmSteps", [project.weights], project.weights.shape, (_, dw) => {
        const first = +!initial; // without initial states the first step has no product
        const steps = this.#time - first;
        if (steps === 0) return k.fill(dw, 0);
        const before = initial ? statesBefore(initial.h, this.#hs!) : this.#hs!;
        const h = backend.view(before.buffer, 0, steps * n);
        project.gradFilter(k, dw, h, backend.view(dzs.buffer, first * 4 * n, steps * 4 * n));
      });
    return [() => dzs, dWeights, () => dh!, () => this.#copy(dc)];
  }
}
