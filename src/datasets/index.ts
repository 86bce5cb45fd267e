/** Datasets that need no file and no download: subpath `zoetrope/datasets`. */
export { digits } from "./digits.js";
export { directions, movingDigitBatches, movingDigits } from "./movingDigits.js";
export type { MovingDigitOptions, MovingDigits } from "./movingDigits.js";
