/** What a command came to. */
export interface Outcome {
  /** For scripts: plain data. */
  json: unknown;
  /** 1: a part of the work could not be done, as was said. */
  exitCode?: 0 | 1;
}
