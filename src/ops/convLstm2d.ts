import { ShapeError, shapeText } from "../errors.js";
import { conv2dSize, type Shape, type WindowOptions } from "../shape.js";
import { scope, type Tensor } from "../tensor.js";
import { conv2d } from "./conv2d.js";
import { type LstmResult, type LstmState, lstmSteps, type StateProjection } from "./lstmSteps.js";
import { reshape } from "./move.js";
import { batchMajor, timeMajor } from "./timeMajor.js";

/** h: [batch, height, width, filters] convolved with the recurrent kernel, stride 1, padding "same". */
export function convolutionProjection(weights: Tensor, [height, width]: readonly [number, number]): StateProjection {
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

/** The input's convolution for all steps at once: x [batch, steps, ...] to z [steps, batch, height, width, 4 filters]. */
export function projectFrames(x: Tensor, kernel: Tensor, bias: Tensor | undefined, options: WindowOptions): Tensor {
  if (x.shape.length !== 5) {
    throw new ShapeError(
      `convLstm2d: expected [batch, time, height, width, channels], received ${shapeText(x.shape)}.`,
    );
  }
  const [batch, steps, ...frame] = x.shape as [number, number, ...number[]];
  const frames = reshape(timeMajor(x), [steps * batch, ...frame]);
  const z = conv2d(frames, kernel, { ...options, bias });
  return reshape(z, [steps, batch, ...z.shape.slice(1)]);
}

/**
 * A convolutional LSTM (Shi et al., 2015, without peepholes) with tanh and sigmoid gates.
 * x: [batch, time, height, width, channels], kernel: [kh, kw, channels, 4 filters], recurrentKernel: [kh, kw, filters,
 * 4 filters], bias: [4 filters], gates in Keras's order i f g o. Strides, padding and dilation are the input's; the state is
 * convolved with stride 1 and padding "same".
 * @param options.sequences whether all states [batch, time, h', w', filters] are wanted as `hs`, beside the last h and c.
 */
export function convLstm2d(
  x: Tensor,
  kernel: Tensor,
  recurrentKernel: Tensor,
  bias: Tensor | undefined,
  options: WindowOptions & { sequences: boolean; initial?: LstmState | undefined },
): LstmResult {
  return scope(() => {
    const { sequences, initial, ...window } = options;
    const z = projectFrames(x, kernel, bias, window);
    const map: Shape = z.shape.slice(2, 4);
    const project = convolutionProjection(recurrentKernel, [map[0], map[1]]);
    const { hs, h, c } = lstmSteps(z, project, sequences, initial);
    return { hs: hs && batchMajor(hs), h, c };
  });
}
