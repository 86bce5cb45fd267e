/**
 * The recurrence that LSTM (Hochreiter and Schmidhuber, 1997; forget gate: Gers et al., 2000) and ConvLSTM (Shi et al., 2015)
 * share, as one op. The input's projection for all steps is computed before, in one product; each step is one projection of
 * the state and one gate kernel. On the way back, each step is one gate-gradient kernel and one projection, and the recurrent
 * weights' gradient is one product over all steps at the end.
 */
import { ShapeError, shapeText } from "../errors.js";
import { type Buffer, compute, isRecording, type OpKernels, record } from "../op.js";
import { flatSize, type GateSize, sameShape, type Shape, sizeOf } from "../shape.js";
import { allocate, scope, type Tensor } from "../tensor.js";

/** How a state h: [rows, units] becomes pre-activations z: [rows, 4 units], by a matrix or a convolution. */
export interface StateProjection {
  weights: Tensor;
  forward(k: OpKernels, z: Buffer, h: Buffer): void;
  gradInput(k: OpKernels, dh: Buffer, dz: Buffer): void;
  /** Over `steps` steps at once: hs and dzs hold them one after the other. */
  gradFilter(k: OpKernels, dWeights: Buffer, hs: Buffer, dzs: Buffer, steps: number): void;
}

export interface LstmState {
  h: Tensor;
  c: Tensor;
}

/** hs: [steps, ...state] if asked for; h and c: the last state. */
export interface LstmResult extends LstmState {
  hs: Tensor | undefined;
}

/**
 * Runs all steps. zx: [steps, ...rows, 4 units], the projected input with bias; initial state zeros unless given.
 * @param sequences whether all states h are wanted or only the last.
 * @throws ShapeError where the recurrent weights or the initial state do not go with zx.
 */
export function lstmSteps(zx: Tensor, project: StateProjection, sequences: boolean, initial?: LstmState): LstmResult {
  checkShapes(zx, project.weights, initial);
  return scope(() => {
    const inputs = initial ? [zx, project.weights, initial.h, initial.c] : [zx, project.weights];
    const run = new Run(zx, project, initial, isRecording(inputs), sequences);
    const { h, c, hs } = run.forward();
    const outputs = hs ? [hs, c, h] : [h, c];
    record(
      {
        name: "lstmSteps",
        inputs,
        outputs,
        backward: (dys) => {
          const [dhs, dc, dh] = hs ? dys : [undefined, dys[1], dys[0]];
          return run.backward(dhs, dh, dc);
        },
      },
      run.saved(),
    );
    return { hs: sequences ? hs : undefined, h, c };
  });
}

function checkShapes(zx: Tensor, weights: Tensor, initial: LstmState | undefined): void {
  const gates = zx.shape.at(-1)!;
  if (zx.shape[0] < 1) throw new ShapeError(`lstm: expected at least one step, received ${shapeText(zx.shape)}.`);
  if (weights.shape.at(-1) !== gates || weights.shape.at(-2) !== gates / 4) {
    throw new ShapeError(
      `lstm: expected a recurrent kernel [..., ${gates / 4}, ${gates}] for kernels of ${gates} gates, received ${shapeText(weights.shape)}.`,
    );
  }
  const state = [...zx.shape.slice(1, -1), gates / 4];
  for (const x of initial ? [initial.h, initial.c] : []) {
    if (!sameShape(x.shape, state)) {
      throw new ShapeError(`lstm: expected an initial state ${shapeText(state)}, received ${shapeText(x.shape)}.`);
    }
  }
}

/** One pass forward, and what the pass back needs of it. */
class Run {
  readonly #steps: number;
  readonly #stateShape: Shape;
  readonly #size: GateSize;
  readonly #n: number;
  /** i f g o c h of each step, kept for the way back only. */
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
    this.#steps = zx.shape[0];
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
    if (this.sequences || recording) this.#hs = allocate([this.#steps, ...this.#stateShape], backend);
    const zh = allocate([...this.#stateShape.slice(0, -1), 4 * this.#size.units], backend);
    for (let t = 0; t < this.#steps; t++) {
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

  /** Backpropagation through time, from the gradients of hs (all steps), and of the last h and c. */
  backward(dhs: Tensor | undefined, dhLast: Tensor | undefined, dcLast: Tensor | undefined) {
    const { zx, project, initial } = this;
    const { backend } = zx;
    const { kernels: k } = backend;
    const n = this.#n;
    const dzs = allocate(zx.shape, backend);
    let dh: Tensor | undefined = dhLast;
    let dc = dcLast?.buffer;
    let later: Tensor | undefined;
    for (let t = this.#steps - 1; t >= 0; t--) {
      const total = this.#total(dh, dhs, t);
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
      compute("lstmSteps", [project.weights], project.weights.shape, (_, dw) => this.#weightGrad(dw, dzs));
    const dc0 = () =>
      compute("lstmSteps", [zx], this.#stateShape, (kernels, y) => kernels.copyFrom(y, dc!, flatSize(n)));
    return [() => dzs, dWeights, () => dh!, dc0];
  }

  /** What reaches h of step t: from the step after it, and from outside. */
  #total(dh: Tensor | undefined, dhs: Tensor | undefined, t: number): Tensor {
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

  /** The states that the steps began with, beside the gradients of what they were projected to. */
  #weightGrad(dWeights: Buffer, dzs: Tensor): void {
    const { project, initial } = this;
    const { backend } = this.zx;
    const { kernels: k } = backend;
    const n = this.#n;
    const hs = this.#hs!.buffer;
    const rest = this.#steps - 1;
    if (!initial) {
      if (rest === 0) return k.fill(dWeights, 0);
      return project.gradFilter(
        k,
        dWeights,
        backend.view(hs, 0, rest * n),
        backend.view(dzs.buffer, 4 * n, rest * 4 * n),
        rest,
      );
    }
    const before = allocate([this.#steps, ...this.#stateShape], backend);
    k.copyInto(before.buffer, initial.h.buffer, flatSize(n));
    if (rest > 0) k.copyInto(before.buffer, backend.view(hs, 0, rest * n), flatSize(rest * n, n));
    project.gradFilter(k, dWeights, before.buffer, dzs.buffer, this.#steps);
  }
}
