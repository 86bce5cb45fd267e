/** Training on a folder of clips, and predicting with the resulting model. */
export {
  type PredictOptions,
  type PredictResult,
  trainDefaults,
  type TrainOptions,
  type TrainResult,
} from "./options.js";
export { predictClips } from "./predict.js";
export { trainFolder } from "./train.js";
