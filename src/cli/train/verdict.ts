/** What the two accuracies say of the clips. */

export interface Comparison {
  /** On what was held out. */
  convLstm: number;
  meanOfFrames: number;
  classes: number;
  /** How many independent things were held out. */
  independent: number;
  /** What these are: "clip" or "window". */
  unit: string;
}

/** Fewer than these say little, whatever they say. */
const few = 10;

/**
 * One sentence. The ConvLSTM is ahead where chance alone would put it so far ahead less than once in twenty: by 1.645 standard
 * errors of the difference, each accuracy's reckoned as of (k + 1) / (n + 2), so that few cases without a mistake are not taken
 * for certainty.
 */
export function verdictOn({ convLstm, meanOfFrames, classes, independent, unit }: Comparison): string {
  const chance = 1 / classes;
  const noise = 1.645 * Math.hypot(standardError(convLstm, independent), standardError(meanOfFrames, independent));
  const isAhead = convLstm - meanOfFrames > noise;
  const half = (1 + chance) / 2;
  const caution =
    independent < few ? ` (Held out were only ${independent} ${unit}s${unit === "window" ? " that share no frame" : ""}: more would make it sure.)` : ""; // prettier-ignore
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
