/**
 * A simple recurrent layer (Elman, 1990) over all time steps, as one op: h' = activation(zx + h U). Each time step is one
 * product, one sum and the activation. The pre-activation of a masked step becomes that at which the activation ends, so
 * that its gradient is 0, exactly; h, and its gradient, are carried over by `copyWhere`.
 */
import { type Buffer, compute, isRecording, type OpKernels, record } from "../op.js";
import { flatSize, gemmSize } from "../shape.js";
import { scope } from "../scope.js";
import { allocate, constantTensor, type Tensor } from "../tensor.js";
import { carry, gradOfMatrix, statesBefore } from "./carry.js";
import type { GruResult } from "./gru.js";
import { where } from "./where.js";

/** An activation function as kernels: its value, its gradient from the value, and a pre-activation at which it ends. */
interface StepActivation {
  apply(k: OpKernels, y: Buffer): void;
  grad(k: OpKernels, dz: Buffer, y: Buffer): void;
  end: number;
}

/** The activation functions that the op takes, by their names. */
export const stepActivations: Readonly<Record<string, StepActivation | undefined>> = {
  tanh: { apply: (k, y) => k.tanh(y, y), grad: (k, dz, y) => k.tanhGrad(dz, dz, y), end: Infinity },
  sigmoid: { apply: (k, y) => k.sigmoid(y, y), grad: (k, dz, y) => k.sigmoidGrad(dz, dz, y), end: -Infinity },
  relu: {
    apply: (k, y) => k.clip(y, y, 0, Infinity),
    grad: (k, dz, y) => k.clipGrad(dz, dz, y, 0, Infinity),
    end: -Infinity,
  },
};

/**
 * Computes all time steps as one op. given: [time, batch, units], the projected input with bias; weights: [units, units].
 * @param activation an entry of `stepActivations`.
 * @param sequences whether to return the states of all time steps, or only the last.
 * @param initial the state before the first step, [batch, units]; zeros by default.
 * @param mask [time, batch]: where it is 0, the state stays as it was.
 */
export function simpleRnnSteps(
  given: Tensor,
  weights: Tensor,
  activation: StepActivation,
  sequences: boolean,
  initial?: Tensor,
  mask?: Tensor,
): GruResult {
  return scope(() => {
    const { backend } = given;
    const zx = mask ? where(mask, given, constantTensor([1], activation.end, backend)) : given;
    const { kernels: k } = backend;
    const [time, rows, units] = zx.shape as [number, number, number];
    const n = rows * units;
    const flat = { shape: [n], aStrides: [1], bStrides: [1] };
    const state = (forward: Parameters<typeof compute>[3]) => compute("simpleRnn", [zx], [rows, units], forward);
    const copy = (from: Buffer) => state((_, y) => k.copyFrom(y, from, flatSize(n)));
    const inputs = initial ? [zx, weights, initial] : [zx, weights];
    const recording = isRecording(inputs);
    const before = initial ?? state((_, y) => k.fill(y, 0));
    const hs = sequences || recording ? allocate([time, rows, units], backend) : undefined;
    /** The results of the activation, which a masked step has too; only where they are not the states. */
    const values: Tensor[] = [];
    const held = mask && copy(before.buffer);
    const zh = allocate([rows, units], backend);
    let h = before.buffer;
    let last: Tensor | undefined;
    for (let t = 0; t < time; t++) {
      k.gemm(zh.buffer, h, weights.buffer, undefined, gemmSize(rows, units, units));
      const next = state((_, y) => k.add(y, backend.view(zx.buffer, t * n, n), zh.buffer, flat));
      activation.apply(k, next.buffer);
      h = held ? carry(held, next.buffer, mask!, t) : next.buffer;
      if (hs) k.copyInto(hs.buffer, h, flatSize(n, t * n));
      if (recording) values.push(next);
      else last?.dispose();
      last = next;
    }
    const hLast = copy(h);

    const backward = (dhLast: Tensor | undefined, dhs: Tensor | undefined) => {
      const dzs = allocate(zx.shape, backend);
      let dh = dhLast ? copy(dhLast.buffer) : state((_, y) => k.fill(y, 0));
      for (let t = time - 1; t >= 0; t--) {
        if (dhs) k.add(dh.buffer, dh.buffer, backend.view(dhs.buffer, t * n, n), flat);
        const dz = copy(dh.buffer);
        activation.grad(k, dz.buffer, values[t].buffer);
        k.copyInto(dzs.buffer, dz.buffer, flatSize(n, t * n));
        if (t > 0 || initial) {
          const next = state((_, y) =>
            k.gemm(y, dz.buffer, weights.buffer, undefined, gemmSize(rows, units, units, false, true)),
          );
          if (mask) carry(dh, next.buffer, mask, t);
          const unused = mask ? next : dh;
          dh = mask ? dh : next;
          unused.dispose();
        }
        dz.dispose();
      }
      const dWeights = () => scope(() => gradOfMatrix(weights, statesBefore(before, hs!), dzs));
      return initial ? [() => dzs, dWeights, () => dh] : [() => dzs, dWeights];
    };
    record(
      {
        name: "simpleRnn",
        inputs,
        outputs: hs ? [hLast, hs] : [hLast],
        backward: ([dhLast, dhs]) => backward(dhLast, dhs),
      },
      [...values, before, ...(hs ? [hs] : []), ...(mask ? [mask] : [])],
    );
    return { h: hLast, hs: sequences ? hs : undefined };
  });
}
