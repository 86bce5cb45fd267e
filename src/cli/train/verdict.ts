/** Says in words whether the order of frames matters, from the accuracies of both heads. */

export interface Comparison {
  /** The accuracy of the ConvLSTM on the held-out data, 0 to 1. */
  convLstm: number;
  /** The accuracy of the network that receives only the mean over the frames. */
  meanOfFrames: number;
  /** The number of classes. */
  classes: number;
  /** How many clips or windows that share no frame were held out. */
  independent: number;
  /** The unit that was held out: "clip" or "window". */
  unit: string;
}

/** With fewer held-out cases than this, the verdict adds a caution. */
const few = 10;

/**
 * Compares the two accuracies in one sentence. The ConvLSTM counts as ahead if the difference exceeds 1.645 standard
 * errors (a one-sided test at 5 %). Standard errors are those of (k + 1) / (n + 2) for k correct of n, so that a few
 * cases without a mistake do not count as certain.
 */
export function verdictOn({ convLstm, meanOfFrames, classes, independent, unit }: Comparison): string {
  const chance = 1 / classes;
  const noise = 1.645 * Math.hypot(standardError(convLstm, independent), standardError(meanOfFrames, independent));
  const isAhead = convLstm - meanOfFrames > noise;
  const half = (1 + chance) / 2;
  const caution =
    independent < few ? ` (Only ${independent} ${unit}s${unit === "window" ? " that share no frame" : ""} were held out: more would make it certain.)` : ""; // prettier-ignore
  if (isAhead) {
    const rest =
      meanOfFrames > half ? "though single frames tell much already" : "which hardly tells the classes apart";
    return `Order matters: the ConvLSTM is clearly ahead of the mean over the frames, ${rest}.${caution}`;
  }
  if (meanOfFrames >= half) {
    return `Decided by single frames: the mean over the frames, which knows no order, does as well.${caution}`;
  }
  if (convLstm >= half) return `Too few ${unit}s were held out to tell whether order matters.${caution}`;
  return `Neither is far from chance (${Math.round(100 * chance)} %): more clips, or more of each, are needed.${caution}`;
}

function standardError(share: number, count: number): number {
  const p = (share * count + 1) / (count + 2);
  return Math.sqrt((p * (1 - p)) / (count + 2));
}
