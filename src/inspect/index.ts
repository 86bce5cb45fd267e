/** Inspection of recurrent layers: subpath `zoetrope/inspect`. */
export * from "./ablate.js";
export type { CellKind } from "./cells.js";
export type { InspectOptions } from "./find.js";
export { GateMonitor, type GateMonitorOptions } from "./gateMonitor.js";
export * from "./gradientThroughTime.js";
export type { InspectData } from "./pass.js";
export { type GateSaturation, saturation, type Saturation, type SaturationOptions } from "./saturation.js";
export * from "./splitAtRecurrent.js";
export { trace, type Trace, type TraceOptions } from "./trace.js";
export * from "./traceClip.js";
