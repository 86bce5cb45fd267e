/** Looking into recurrent layers: subpath `zoetrope/inspect`. */
export { type Ablation, ablate, type Clamp } from "./ablate.js";
export { type InspectOptions } from "./find.js";
export {
  type GradientOptions,
  gradientThroughTime,
  type GradientThroughTime,
  type StateGradient,
} from "./gradientThroughTime.js";
export type { InspectData } from "./pass.js";
export { type GateSaturation, saturation, type Saturation, type SaturationOptions } from "./saturation.js";
export { type SplitModel, splitAtRecurrent } from "./splitAtRecurrent.js";
export { trace, type Trace, type TraceOptions } from "./trace.js";
export {
  type ClipGate,
  type ClipGradient,
  type ClipTrace,
  type GateShares,
  type LabelScore,
  rankLabels,
  traceClip,
  type TraceClipOptions,
} from "./traceClip.js";
