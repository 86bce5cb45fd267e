/**
 * Where `model.stream` finds the code of streams, which a bundle contains only where it calls the function `stream`.
 */
import { LoadError } from "../errors.js";
import type { stream } from "./stream.js";

let code: typeof stream | undefined;

/** Sets the code of streams; see unbundled.ts. */
export const provideStreams = (given: typeof stream): void => void (code = given);

/** The code of streams. @throws LoadError where a bundler has left it out. */
export function needStreams(where: string): typeof stream {
  if (code) return code;
  throw new LoadError(`${where}: the bundle has no code of streams; import { stream } and write stream(model).`);
}
