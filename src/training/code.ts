/**
 * Loads the training chunk (chunk.ts) when something is first trained. With `zoetrope/training`, and in Node, it is
 * loaded from the start.
 */
import { LoadError } from "../errors.js";

type Training = typeof import("./chunk.js");

/** The code of training; undefined while it is not loaded. */
export let training: Training | undefined;

/** Sets the code of training; a static import calls it. */
export const provideTraining = (code: Training): void => void (training = code);

const advice = 'write import "zoetrope/training".';

/** Loads the code of training. @throws LoadError where the host does not allow import(), or the file is missing. */
export async function loadTraining(where: string): Promise<Training> {
  try {
    return (training = await import("./chunk.js"));
  } catch (cause) {
    throw new LoadError(
      `${where}: the code of training could not be loaded (${String(cause)}); where import() is refused, ${advice}`,
      { cause },
    );
  }
}

/** The code of training, for synchronous callers. @throws LoadError while it is not loaded. */
export function needTraining(where: string): Training {
  if (training) return training;
  throw new LoadError(`${where}: the code of training is loaded by the first fit; to have it before, ${advice}`);
}
