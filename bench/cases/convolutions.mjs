// The convolutions that bench/convolutions.mjs times.
import { conv2dSize } from "../../dist/shape.js";

const frames = (batch, side, channels) => `${batch > 1 ? `${batch}x` : ""}${side}x${side}x${channels}`;

function shape(batch, side, channels, filters, kernel = 3, options = {}) {
  const size = conv2dSize("bench", [batch, side, side, channels], [kernel, kernel, channels, filters], {
    padding: "same",
    ...options,
  });
  const { strides, padding } = options;
  const rest = `${strides ? ` stride ${strides}` : ""}${padding ? ` ${padding}` : ""}`;
  return { name: `${kernel}x${kernel} ${frames(batch, side, channels)}->${filters}${rest}`, size };
}

const most = 3e8;
const least = 4e5;

/** Every combination whose work is neither too little nor too much to time. */
function* grid() {
  for (const batch of [1, 8, 32]) {
    for (const side of [5, 7, 8, 14, 28, 64]) {
      for (const channels of [3, 8, 16, 32, 64, 256, 1024]) {
        for (const filters of [8, 32, 64, 256]) {
          const macs = 9 * batch * side ** 2 * channels * filters;
          if (macs >= least && macs <= most) yield shape(batch, side, channels, filters);
        }
      }
    }
  }
}

export const shapes = [
  // The input and a step of ConvLSTM2D(256) on [1, 32, 7, 7, 1024]; the input as `predict` cuts it, too.
  shape(32, 7, 1024, 1024, 3, { padding: "valid" }),
  shape(7, 7, 1024, 1024, 3, { padding: "valid" }),
  shape(1, 5, 256, 1024),
  // The first convolutions of MobileNet and of a ResNet.
  shape(1, 224, 3, 32, 3, { strides: 2 }),
  shape(1, 224, 3, 64, 7, { strides: 2 }),
  // Those of a ResNet and of a VGG.
  ...[[56, 64], [28, 128], [14, 256], [7, 512]].map(([side, n]) => shape(1, side, n, n)),
  ...[[112, 64, 128], [28, 256, 512]].map(([side, from, to]) => shape(1, side, from, to)),
  shape(1, 56, 128, 128, 3, { strides: 2 }),
  ...grid(),
]; // prettier-ignore
