/** The loss of sequences of labels whose places in time are not known. */
import { ArgumentError } from "../errors.js";
import { type Loss, lossFrom } from "../loss.js";
import { ctcLoss } from "../ops/ctcLoss.js";

export const ctc: Loss = /* @__PURE__ */ lossFrom("ctc", (yTrue, yPred) => {
  if (!yPred.mask) return ctcLoss(yTrue, yPred);
  // Keras multiplies the losses of samples by the masks of steps, which fails.
  throw new ArgumentError(
    "ctc: outputs with a mask, but every time step counts; leave out Masking (or maskZero), and let the model learn blanks.",
  );
});
