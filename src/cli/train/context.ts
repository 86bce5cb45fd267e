import type { Skipped } from "../../node/index.js";
import type { Films } from "../films.js";
import type { Screen } from "../terminal.js";
import type { FeatureExtractor } from "./featureExtractor.js";
import type { readTrainOptions } from "./options.js";

/** What all parts of a training share. */
export interface TrainContext {
  screen: Screen;
  options: ReturnType<typeof readTrainOptions>;
  signal: AbortSignal;
  films: Films;
  extractor: FeatureExtractor;
  /** Grows as files are found that cannot be read. */
  skipped: Skipped[];
  /** Empty until the folder has been listed. */
  classes: string[];
}
