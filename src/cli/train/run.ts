import type { Skipped } from "../clipsAt.js";
import type { Films } from "../films.js";
import type { Screen } from "../terminal.js";
import type { Eyes } from "./eyes.js";
import type { readTrainOptions } from "./options.js";

/** What a run works with. */
export interface Run {
  screen: Screen;
  options: ReturnType<typeof readTrainOptions>;
  signal: AbortSignal;
  films: Films;
  eyes: Eyes;
  skipped: Skipped[];
  classes: string[];
}
