/** What only training and `summary` need: one chunk, which a split bundle loads when it is first asked for. */
export { summaryText } from "../summary.js";
export { Compiled } from "./compiled.js";
export { evaluate, fit, testOnBatch, trainOnBatch } from "./loops.js";
