/** What the chart of the gradient through time says, in words. */
import type { ClipGradient } from "../inspect/index.js";
import { areSeconds } from "./numberText.js";

/**
 * Compares the first time step with the one at which a change of h moves L most; where that is the first, the last with it.
 */
export function gradientText({ h, c, of }: ClipGradient, times: readonly number[]): string {
  const intro = `The higher a line, the more ${of} depends on that state at that time step.`;
  const finite = h.map((value) => (Number.isFinite(value) ? value : 0));
  const strongest = finite.indexOf(Math.max(...finite));
  const other = strongest === 0 ? h.length - 1 : 0;
  /** How many times larger the strongest is; NaN where one of the two is not a number, or both are 0. */
  const ratio = (of: readonly number[]) =>
    of[strongest] < Infinity && of[other] < Infinity ? of[strongest] / of[other] : NaN;
  const ratioOfH = ratio(h);
  const ratioOfC = c ? ratio(c) : NaN;
  if (strongest === other || Number.isNaN(ratioOfH)) return intro;
  const at = (step: number) => (areSeconds(times) ? `${times[step].toFixed(2)} s (step ${step})` : `step ${step}`);
  const [moves, than] = effect(ratioOfH, of);
  const ofC = Number.isNaN(ratioOfC) ? "" : `; one of c ${effect(ratioOfC, "it")[0]}`;
  return `${intro} A small change of h at ${at(other)} ${moves}${than} the same change at ${at(strongest)}${ofC}.`;
}

/** What a change does whose effect is smaller by a ratio, and the words between that and what it is compared with. */
function effect(ratio: number, of: string): [moves: string, than: string] {
  if (ratio === Infinity) return [`does not move ${of}`, ", unlike"];
  if (ratio === 0) return [`moves ${of} only there`, ", unlike"];
  if (ratio > 1 / 1.1 && ratio < 1.1) return [`moves ${of} about as much`, " as"];
  const times = Math.max(ratio, 1 / ratio);
  const number = times < 10 ? Number(times.toPrecision(2)) : Math.round(times).toLocaleString("en-US");
  return [`moves ${of} ${number} times ${ratio > 1 ? "less" : "more"}`, " than"];
}
