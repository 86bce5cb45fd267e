/** Where the code of training is: in a chunk of its own, until something is trained or `zoetrope/training` is imported. */
import { LoadError } from "../errors.js";

type Training = typeof import("./loops.js");

/** Undefined while it is not there. */
export let training: Training | undefined;

export const provideTraining = (code: Training): void => void (training = code);

/** @throws LoadError where a host refuses import(), or the file is not there. */
export async function loadTraining(where: string): Promise<Training> {
  try {
    return (training = await import("./loops.js"));
  } catch (cause) {
    throw new LoadError(
      `${where}: the code of training could not be loaded (${String(cause)}); where import() is refused, write import "zoetrope/training", which puts it into the bundle.`,
      { cause },
    );
  }
}
