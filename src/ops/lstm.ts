/**
 * The computation of LSTM (Hochreiter and Schmidhuber, 1997; forget gate: Gers et al., 2000) and ConvLSTM (Shi et al., 2015, without
 * peepholes): the same recurrence, with matrix products or with convolutions. `lstmStep` computes one time step in ordinary ops; it is the
 * definition to read. `lstm` and `convLstm2d` compute all time steps as one op, which is faster: the input of all time steps is projected
 * at once, then each time step is one projection of the state and one kernel for the gates (lstmSteps.ts).
 */
import { checkFunction, ShapeError, shapeText } from "../errors.js";
import { checkTensors } from "../op.js";
import type { WindowOptions } from "../shape.js";
import { scope } from "../scope.js";
import { type Tensor, zeros } from "../tensor.js";
import type { StepHook } from "../watch.js";
import { add, multiply } from "./arithmetic.js";
import { conv2d } from "./conv2d.js";
import { gatePart, noHook } from "./gates.js";
import { convolutionProjection, type LstmResult, type LstmState, lstmSteps, matrixProjection } from "./lstmSteps.js";
import { dense } from "./matMul.js";
import { reshape, slice, stack } from "./move.js";
import { batchMajor, timeMajor } from "./timeMajor.js";

export type { LstmResult, LstmState } from "./lstmSteps.js";

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

const cellFunctions = ["project", "activation", "recurrentActivation", "hook"] as const;

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
  const given = { ...cell, hook };
  for (const name of cellFunctions) checkFunction(`lstmStep: ${name}`, given[name]);
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
    const { sequences, initial, ...window } = Object(options) as typeof options; // unknown ones are refused by conv2d
    const z = projectFrames(x, kernel, bias, window);
    const project = convolutionProjection(recurrentKernel, z.shape.slice(2, 4));
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
