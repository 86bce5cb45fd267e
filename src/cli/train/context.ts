import type { Skipped } from "../../node/index.js";
import type { Films } from "../films.js";
import type { Screen } from "../terminal.js";
import type { FeatureExtractor } from "./featureExtractor.js";
import type { readTrainOptions } from "./options.js";

/** The state that all parts of a training share. */
export interface TrainContext {
  screen: Screen;
  options: ReturnType<typeof readTrainOptions>;
  signal: AbortSignal;
  films: Films;
  extractor: FeatureExtractor;
  /** The files that cannot be read; added as they are found. */
  skipped: Skipped[];
  /** Empty until the folder has been listed. */
  classes: string[];
}
