/** The result of a command. */
export interface Outcome {
  /** Plain data, written to the standard output with `--json`. */
  json: unknown;
  /** 1 if a part of the work could not be done; 0 by default. */
  exitCode?: 0 | 1;
  /** What went wrong although there is a result; thrown after that is written. */
  problem?: Error | undefined;
}
