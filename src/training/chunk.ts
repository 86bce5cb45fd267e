/**
 * The training chunk: the code that only training, `summary` and `plan` need. A split bundle loads it when one of them is first
 * called.
 */
export { planView } from "../plan/view.js";
export { summaryText } from "../summary.js";
export { Compiled } from "./compiled.js";
export { evaluate, fit, testOnBatch, trainOnBatch } from "./loops.js";
