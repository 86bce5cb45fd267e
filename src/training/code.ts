/** Where the code of training is: in a chunk of its own, until something is trained or `zoetrope/training` is imported. */
import { LoadError } from "../errors.js";

type Training = typeof import("./chunk.js");

/** Undefined while it is not there. */
export let training: Training | undefined;

export const provideTraining = (code: Training): void => void (training = code);

const advice = 'write import "zoetrope/training".';

/** @throws LoadError where a host refuses import(), or the file is not there. */
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

/** For what cannot wait. @throws LoadError while the code is not there. */
export function needTraining(where: string): Training {
  if (training) return training;
  throw new LoadError(`${where}: the code of training is loaded by the first fit; to have it before, ${advice}`);
}
