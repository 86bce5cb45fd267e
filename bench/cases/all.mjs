// All cases of this engine by name.
import { launchCase } from "./launch.mjs";
import { mainKernels } from "./mainKernels.mjs";
import { matMulCase } from "./matMul.mjs";
import { modelCases } from "./models.mjs";
import { recurrentCases } from "./recurrentSteps.mjs";

/** The cases that a run without --full has, in its order. */
export const mainCases = [...mainKernels, ...recurrentCases, ...modelCases].filter(({ isMain }) => isMain);
/** All cases but those of every kernel, which only Node can read (see everyKernel.mjs). */
export const namedCases = [...mainKernels, launchCase, matMulCase, ...recurrentCases, ...modelCases];

/** Prepares a case by its name. `engine`: see bench/peers/zoetrope.mjs; `every`: every kernel is a case too. */
export async function caseStarter(engine, every) {
  const more = every ? await (await import("./everyKernel.mjs")).kernelCases() : [];
  return (name) => {
    const found = [...namedCases, ...more].find((one) => one.name === name);
    if (!found) throw new Error("not a case of this engine");
    return found.start(engine);
  };
}
