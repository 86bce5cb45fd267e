/** Reports on the work and the speed of a model, as a page and as a picture: subpath `zoetrope/report`. */
export { Canvas, type Colour } from "./canvas.js";
export { gateStrip, type GateStripOptions } from "./gateStrip.js";
export type { ProfileReport, ProfileRow } from "./profile.js";
export { profileHtml } from "./profileHtml.js";
export { reportHtml } from "./reportHtml.js";
export type { EpochPoint, LabelScore, Report, ReportClip } from "./report.js";
