/**
 * The computation of LSTM (Hochreiter and Schmidhuber, 1997; forget gate: Gers et al., 2000) and ConvLSTM (Shi et al., 2015, without
 * peepholes): the same recurrence, with matrix products or with convolutions. `lstmStep` computes one time step in ordinary ops; it is the
 * definition to read. `lstm` and `convLstm2d` compute all time steps as one op, which is faster: the input of all time steps is projected
 * at once, then each time step is one projection of the state and one kernel for the gates.
 */
import { checkFunction, ShapeError, shapeText } from "../errors.js";
import { type Buffer, checkTensors, compute, isRecording, type OpKernels, record } from "../op.js";
import {
  conv2dSize,
  flatSize,
  type GateSize,
  gemmSize,
  sameShape,
  type Shape,
  sizeOf,
  type WindowOptions,
} from "../shape.js";
import { scope } from "../scope.js";
import { allocate, type Tensor, zeros } from "../tensor.js";
import type { StepHook } from "../watch.js";
import { add, multiply } from "./arithmetic.js";
import { conv2d } from "./conv2d.js";
import { gatePart, noHook } from "./gates.js";
import { dense } from "./matMul.js";
import { reshape, slice, stack } from "./move.js";
import { batchMajor, timeMajor } from "./timeMajor.js";

/** The states of an LSTM, each `[...rows, units]`. */
export interface LstmState {
  /** The hidden state. */
  h: Tensor;
  /** The cell state, the memory. */
  c: Tensor;
}

// ── one time step ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** The functions of a cell that `lstmStep` and `composedLstm` call. */
export interface LstmCellFunctions {
  /** Projects the state h `[...rows, units]` to its part of all gates, `[...rows, 4 units]`. */
  project: (h: Tensor) => Tensor;
  /** The activation function of the candidate g, and of c in h = o tanh(c). */
  activation: (x: Tensor) => Tensor;
  /** The activation function of the gates i, f and o. */
  recurrentActivation: (x: Tensor) => Tensor;
}

const cellFunctions = ["project", "activation", "recurrentActivation"] as const;

/** The gates of one time step and the states after it, each `[...rows, units]`. */
export interface LstmStep extends LstmState {
  /** The input gate. */
  i: Tensor;
  /** The forget gate. */
  f: Tensor;
  /** The candidate. */
  g: Tensor;
  /** The output gate. */
  o: Tensor;
}

/**
 * Computes one time step of an LSTM or ConvLSTM, with all its intermediate values. x = (x_i, x_f, x_g, x_o): [...rows, 4 units] is the
 * projected input with bias; U_i to U_o are the projections of the state, which `cell.project` computes together.
 *
 *     i  = sigmoid(x_i + U_i h)              how much of the candidate enters the memory
 *     f  = sigmoid(x_f + U_f h)              how much of the memory is kept
 *     g  = tanh(x_g + U_g h)                 the candidate
 *     o  = sigmoid(x_o + U_o h)              how much of the memory is output
 *     c' = f c + i g
 *     h' = o tanh(c')
 *
 * @param state h and c before the step.
 * @param hook receives each of the six with its name, and returns the tensor that replaces it; by default the same.
 */
export function lstmStep(x: Tensor, state: LstmState, cell: LstmCellFunctions, hook: StepHook = noHook): LstmStep {
  checkTensors("lstmStep", [x, state?.h, state?.c]);
  for (const name of cellFunctions) checkFunction(`lstmStep: ${name}`, cell?.[name]);
  const { h, c } = state;
  return scope(() => {
    const { project, activation, recurrentActivation } = cell;
    const sum = add(x, project(h));
    const i = hook("i", recurrentActivation(gatePart(sum, 0, 4)));
    const f = hook("f", recurrentActivation(gatePart(sum, 1, 4)));
    const g = hook("g", activation(gatePart(sum, 2, 4)));
    const o = hook("o", recurrentActivation(gatePart(sum, 3, 4)));
    const nextC = hook("c", add(multiply(f, c), multiply(i, g)), c);
    const nextH = hook("h", multiply(o, activation(nextC)), h);
    return { i, f, g, o, c: nextC, h: nextH };
  });
}

// ── all time steps ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** The states of an LSTM after the last time step, and all hidden states where `sequences` is true. */
export interface LstmResult extends LstmState {
  /** The hidden states of all time steps: `[batch, time, ...state]`, of `composedLstm` `[time, ...state]`. */
  hs: Tensor | undefined;
}

/**
 * Computes all time steps of an LSTM in ordinary ops. It is slower than `lstm`, but it takes any activations, and every gate of every time
 * step is a separate tensor on the tape. The tests compare the fused ops with it.
 * @param zx the projected input with bias, [time, ...rows, 4 units].
 * @param sequences whether to return all states h [time, ...rows, units] as `hs`, besides the last h and c.
 * @param initial the states before the first step; zeros by default.
 */
export function composedLstm(zx: Tensor, cell: LstmCellFunctions, sequences: boolean, initial?: LstmState): LstmResult {
  checkTensors("composedLstm", [zx]);
  return scope(() => {
    const row = zx.shape.slice(1);
    const zeroState = zeros([...row.slice(0, -1), row.at(-1)! / 4]);
    let { h, c } = initial ?? { h: zeroState, c: zeroState };
    const hs: Tensor[] = [];
    for (let t = 0; t < zx.shape[0]; t++) {
      ({ h, c } = scope(() => {
        const next = lstmStep(reshape(slice(zx, [t], [1]), row), { h, c }, cell);
        return { h: next.h, c: next.c };
      }));
      if (sequences) hs.push(h);
    }
    return { hs: sequences ? stack(hs) : undefined, h, c };
  });
}

/**
 * Computes an LSTM with tanh and sigmoid gates over x: [batch, time, inputs] (Hochreiter and Schmidhuber, 1997), as one op. kernel: [inputs,
 * 4 units], recurrentKernel: [units, 4 units], bias: [4 units], gates in Keras's order i f g o.
 * @param sequences whether to return all states h [batch, time, units] as `hs`, besides the last h and c: [batch, units].
 * @param initial the states before the first step, [batch, units]; zeros by default.
 * @throws ShapeError where the shapes do not fit.
 */
export function lstm(
  x: Tensor,
  kernel: Tensor,
  recurrentKernel: Tensor,
  bias: Tensor | undefined,
  sequences: boolean,
  initial?: LstmState,
): LstmResult {
  checkTensors("lstm", [x, kernel, recurrentKernel]);
  if (x.shape.length !== 3 || x.shape[2] !== kernel.shape[0]) {
    throw new ShapeError(`lstm: expected [batch, time, ${kernel.shape[0]}], received ${shapeText(x.shape)}.`);
  }
  const [batch, time] = x.shape as [number, number, number];
  const gates = kernel.shape[1];
  return scope(() => {
    const z = reshape(dense(timeMajor(x), kernel, bias), [time, batch, gates]);
    const { hs, h, c } = lstmSteps(z, matrixProjection(recurrentKernel), sequences, initial);
    return { hs: hs && batchMajor(hs), h, c };
  });
}

/**
 * Computes a ConvLSTM with tanh and sigmoid gates (Shi et al., 2015, without peepholes), as one op: an LSTM whose products are convolutions.
 * x: [batch, time, height, width, channels], kernel: [kh, kw, channels, 4 filters], recurrentKernel: [kh, kw, filters,
 * 4 filters], bias: [4 filters], gates in Keras's order i f g o. Strides, padding and dilation are for the convolution of the
 * input; the state is convolved with stride 1 and padding "same".
 * @param options `sequences`: whether to return all states h [batch, time, h', w', filters] as `hs`, besides the last h and c; `initial`:
 *  the states before the first time step [batch, h', w', filters], zeros by default; and the options of the convolution of the input.
 * @throws ShapeError where the shapes do not fit.
 */
export function convLstm2d(
  x: Tensor,
  kernel: Tensor,
  recurrentKernel: Tensor,
  bias: Tensor | undefined,
  options: WindowOptions & {
    /** Whether all states `[batch, time, h', w', filters]` are returned as `hs`. */
    sequences: boolean;
    /** The states before the first time step, `[batch, h', w', filters]`; zeros by default. */
    initial?: LstmState | undefined;
  },
): LstmResult {
  checkTensors("convLstm2d", [x, kernel, recurrentKernel]);
  return scope(() => {
    const { sequences, initial, ...window } = options; // unknown ones are refused by conv2d
    const z = projectFrames(x, kernel, bias, window);
    const map: Shape = z.shape.slice(2, 4);
    const project = convolutionProjection(recurrentKernel, [map[0], map[1]]);
    const { hs, h, c } = lstmSteps(z, project, sequences, initial);
    return { hs: hs && batchMajor(hs), h, c };
  });
}

/** Convolves the input of all time steps at once: x [batch, time, ...] to z [time, batch, height, width, 4 filters]. */
export function projectFrames(x: Tensor, kernel: Tensor, bias: Tensor | undefined, options: WindowOptions): Tensor {
  if (x.shape.length !== 5) {
    throw new ShapeError(
      `convLstm2d: expected [batch, time, height, width, channels], received ${shapeText(x.shape)}.`,
    );
  }
  const [batch, time, ...frame] = x.shape as [number, number, ...number[]];
  const frames = reshape(timeMajor(x), [time * batch, ...frame]);
  const z = conv2d(frames, kernel, { ...options, bias });
  return reshape(z, [time, batch, ...z.shape.slice(1)]);
}

/** The kernels that project a state h: [rows, units] to pre-activations z: [rows, 4 units], by a matrix product or a convolution. */
interface StateProjection {
  weights: Tensor;
  forward(k: OpKernels, z: Buffer, h: Buffer): void;
  gradInput(k: OpKernels, dh: Buffer, dz: Buffer): void;
  /** Computes the gradient of the weights over several time steps at once; hs and dzs contain them one after the other. */
  gradFilter(k: OpKernels, dWeights: Buffer, hs: Buffer, dzs: Buffer): void;
}

/** Projects h: [rows, units] by a product with the recurrent kernel [units, 4 units]. */
function matrixProjection(weights: Tensor): StateProjection {
  const [units, gates] = weights.shape as [number, number];
  return {
    weights,
    forward: (k, z, h) => k.gemm(z, h, weights.buffer, undefined, gemmSize(h.length / units, units, gates)),
    gradInput: (k, dh, dz) =>
      k.gemm(dh, dz, weights.buffer, undefined, gemmSize(dh.length / units, gates, units, false, true)),
    gradFilter: (k, dw, hs, dzs) => k.gemm(dw, hs, dzs, undefined, gemmSize(units, hs.length / units, gates, true)),
  };
}

/** Projects h: [batch, height, width, filters] by a convolution with the recurrent kernel, with stride 1 and padding "same". */
function convolutionProjection(weights: Tensor, [height, width]: readonly [number, number]): StateProjection {
  const filters = weights.shape[2];
  const area = height * width;
  const sizeFor = (states: number) =>
    conv2dSize("convLstm2d", [states / (area * filters), height, width, filters], weights.shape, { padding: "same" });
  return {
    weights,
    forward: (k, z, h) => k.conv2d(z, h, weights.buffer, undefined, sizeFor(h.length)),
    gradInput: (k, dh, dz) => k.conv2dGradInput(dh, dz, weights.buffer, sizeFor(dh.length)),
    gradFilter: (k, dw, hs, dzs) => k.conv2dGradFilter(dw, hs, dzs, sizeFor(hs.length)),
  };
}

/**
 * Computes all time steps as one op. zx: [time, ...rows, 4 units], the projected input with bias; the initial states are zeros by default.
 * @param sequences whether to return the states h of all time steps, or only the last.
 * @throws ShapeError where the recurrent weights or the initial states do not fit zx.
 */
function lstmSteps(zx: Tensor, project: StateProjection, sequences: boolean, initial?: LstmState): LstmResult {
  checkShapes(zx, project.weights, initial);
  return scope(() => {
    const inputs = initial ? [zx, project.weights, initial.h, initial.c] : [zx, project.weights];
    const pass = new LstmPass(zx, project, initial, isRecording(inputs), sequences);
    const { h, c, hs } = pass.forward();
    const outputs = hs ? [hs, c, h] : [h, c];
    record(
      {
        name: "lstmSteps",
        inputs,
        outputs,
        backward: (dys) => {
          const [dhs, dc, dh] = hs ? dys : [undefined, dys[1], dys[0]];
          return pass.backward(dhs, dh, dc);
        },
      },
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
  const given = initial ? [initial.h, initial.c] : [];
  checkTensors("lstm", given);
  for (const x of given) {
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
  ) {
    const units = zx.shape.at(-1)! / 4;
    this.#time = zx.shape[0];
    this.#stateShape = [...zx.shape.slice(1, -1), units];
    this.#n = sizeOf(this.#stateShape);
    this.#size = { rows: this.#n / units, units };
  }

  saved(): Tensor[] {
    return this.#hs ? [...this.#states, this.#hs] : this.#states;
  }

  forward(): LstmResult {
    const { zx, project, recording } = this;
    const { backend } = zx;
    const { kernels: k } = backend;
    const n = this.#n;
    const stored = recording ? 6 : 2;
    let h = this.initial?.h.buffer;
    let c = this.initial?.c.buffer;
    let last: Tensor | undefined;
    if (this.sequences || recording) this.#hs = allocate([this.#time, ...this.#stateShape], backend);
    const zh = allocate([...this.#stateShape.slice(0, -1), 4 * this.#size.units], backend);
    for (let t = 0; t < this.#time; t++) {
      if (h) project.forward(k, zh.buffer, h);
      const states = allocate([stored, ...this.#stateShape], backend);
      k.lstmGates(states.buffer, backend.view(zx.buffer, t * 4 * n, 4 * n), h && zh.buffer, c, recording, this.#size);
      c = backend.view(states.buffer, (stored - 2) * n, n);
      h = backend.view(states.buffer, (stored - 1) * n, n);
      if (this.#hs) k.copyInto(this.#hs.buffer, h, flatSize(n, t * n));
      if (recording) this.#states.push(states);
      else last?.dispose();
      last = states;
    }
    const copy = (from: Buffer | undefined) =>
      compute("lstmSteps", [zx], this.#stateShape, (kernels, y) => {
        if (from) kernels.copyFrom(y, from, flatSize(n));
        else kernels.fill(y, 0);
      });
    return { hs: this.#hs, h: copy(h), c: copy(c) };
  }

  /** Backpropagates through time, from the gradients of hs (all time steps) and of the last h and c. */
  backward(dhs: Tensor | undefined, dhLast: Tensor | undefined, dcLast: Tensor | undefined) {
    const { zx, project, initial } = this;
    const { backend } = zx;
    const { kernels: k } = backend;
    const n = this.#n;
    const dzs = allocate(zx.shape, backend);
    let dh: Tensor | undefined = dhLast;
    let dc = dcLast?.buffer;
    let later: Tensor | undefined;
    for (let t = this.#time - 1; t >= 0; t--) {
      const total = this.#gradOfH(dh, dhs, t);
      const states = this.#states[t].buffer;
      const c = t > 0 ? backend.view(this.#states[t - 1].buffer, 4 * n, n) : initial?.c.buffer;
      const grads = allocate([5, ...this.#stateShape], backend);
      k.lstmGatesGrad(grads.buffer, total.buffer, dc, states, c, this.#size);
      const dz = backend.view(grads.buffer, 0, 4 * n);
      k.copyInto(dzs.buffer, dz, flatSize(4 * n, t * 4 * n));
      dc = backend.view(grads.buffer, 4 * n, n);
      if (total !== dhLast) total.dispose();
      if (dh !== dhLast) dh?.dispose();
      dh = undefined;
      if (t > 0 || initial) {
        dh = allocate(this.#stateShape, backend);
        project.gradInput(k, dh.buffer, dz);
      }
      later?.dispose();
      later = grads;
    }
    const dWeights = () =>
      compute("lstmSteps", [project.weights], project.weights.shape, (_, dw) => this.#gradOfWeights(dw, dzs));
    const dc0 = () =>
      compute("lstmSteps", [zx], this.#stateShape, (kernels, y) => kernels.copyFrom(y, dc!, flatSize(n)));
    return [() => dzs, dWeights, () => dh!, dc0];
  }

  /** Computes dh at time step t: the recurrent part, from time step t + 1, plus the gradient of output t. */
  #gradOfH(dh: Tensor | undefined, dhs: Tensor | undefined, t: number): Tensor {
    const n = this.#n;
    if (dh && !dhs) return dh;
    const outside = dhs && dhs.backend.view(dhs.buffer, t * n, n);
    const total = compute("lstmSteps", [this.zx], this.#stateShape, (k, y) => {
      if (dh && outside) k.add(y, dh.buffer, outside, { shape: [n], aStrides: [1], bStrides: [1] });
      else if (outside) k.copyFrom(y, outside, flatSize(n));
      else k.fill(y, 0);
    });
    return total;
  }

  /** Computes dW: the sum over t of h[t-1], transposed, times dz[t]. */
  #gradOfWeights(dWeights: Buffer, dzs: Tensor): void {
    const { project, initial } = this;
    const { backend } = this.zx;
    const { kernels: k } = backend;
    const n = this.#n;
    const hs = this.#hs!.buffer;
    const rest = this.#time - 1;
    if (!initial) {
      if (rest === 0) return k.fill(dWeights, 0);
      return project.gradFilter(
        k,
        dWeights,
        backend.view(hs, 0, rest * n),
        backend.view(dzs.buffer, 4 * n, rest * 4 * n),
      );
    }
    const before = allocate([this.#time, ...this.#stateShape], backend);
    k.copyInto(before.buffer, initial.h.buffer, flatSize(n));
    if (rest > 0) k.copyInto(before.buffer, backend.view(hs, 0, rest * n), flatSize(rest * n, n));
    project.gradFilter(k, dWeights, before.buffer, dzs.buffer);
  }
}
