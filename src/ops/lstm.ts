import { ShapeError, shapeText } from "../errors.js";
import { gemmSize } from "../shape.js";
import { scope } from "../scope.js";
import type { Tensor } from "../tensor.js";
import { dense } from "./matMul.js";
import { reshape } from "./move.js";
import { type LstmResult, type LstmState, lstmSteps, type StateProjection } from "./lstmSteps.js";
import { batchMajor, timeMajor } from "./timeMajor.js";

/** h: [rows, units] times the recurrent kernel [units, 4 units]. */
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
 * An LSTM with tanh and sigmoid gates over x: [batch, steps, inputs]. kernel: [inputs, 4 units], recurrentKernel:
 * [units, 4 units], bias: [4 units], gates in Keras's order i f g o.
 * @param sequences whether all states [batch, steps, units] are wanted as `hs`, beside the last h and c: [batch, units].
 * @throws ShapeError where sizes do not meet.
 */
export function lstm(
  x: Tensor,
  kernel: Tensor,
  recurrentKernel: Tensor,
  bias: Tensor | undefined,
  sequences: boolean,
  initial?: LstmState,
): LstmResult {
  if (x.shape.length !== 3 || x.shape[2] !== kernel.shape[0]) {
    throw new ShapeError(`lstm: expected [batch, steps, ${kernel.shape[0]}], received ${shapeText(x.shape)}.`);
  }
  const [batch, steps] = x.shape as [number, number, number];
  const gates = kernel.shape[1];
  return scope(() => {
    const z = reshape(dense(timeMajor(x), kernel, bias), [steps, batch, gates]);
    const { hs, h, c } = lstmSteps(z, matrixProjection(recurrentKernel), sequences, initial);
    return { hs: hs && batchMajor(hs), h, c };
  });
}
