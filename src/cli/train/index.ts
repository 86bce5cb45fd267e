/** Training on a folder of clips, and predicting with what comes of it. */
export {
  type PredictOptions,
  type PredictResult,
  trainDefaults,
  type TrainOptions,
  type TrainResult,
} from "./options.js";
export { predictClips } from "./predict.js";
export { trainFolder } from "./train.js";
