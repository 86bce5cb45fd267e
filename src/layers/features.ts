/** The check of sequences in LSTM, GRU and SimpleRNN. */
import type { PartialShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkRank, knownSize } from "./check.js";

const advice = {
  2: "a layer before it needs returnSequences: true, or the data a time axis",
  5: "flatten the frames, or use ConvLSTM2D",
};

/**
 * Refuses sequences that are not [batch, time, features], with as many features as the kernel [features, ...] has rows.
 * @throws ShapeError
 */
export function checkFeatures(label: string, shape: PartialShape, kernel: Tensor | undefined): void {
  knownSize(label, checkRank(label, shape, "batch, time, features", advice), "features", kernel?.shape[0]);
}
