/** `zoetrope profile`: times each kernel call of a model's plan. */
import type { ModelLayer, PlanProfile } from "../index.js";
import { readModel } from "./download.js";
import type { Outcome } from "./outcome.js";
import type { ProfileCommandOptions } from "./program.js";
import { whileShown } from "./progress.js";
import { seedModel } from "./seedModel.js";
import { checkStopped } from "./stopping.js";
import type { Screen } from "./terminal.js";
import { UsageError } from "./usage.js";

/** Prints the times of the rows of a model file's plan; without a file, of that of the video network. */
export async function profileModel(
  screen: Screen,
  file: string | undefined,
  { sizes, runs }: Pick<ProfileCommandOptions, "sizes" | "runs">,
  signal: AbortSignal,
): Promise<Outcome> {
  const model =
    file === undefined
      ? (await whileShown(screen, "making the network", seedModel, { atOnce: true })).model
      : await readModel(screen, file, { compile: false, signal });
  await checkStopped(signal);
  const plan = await model.plan(shapesOf(model, sizes));
  const profile = await whileShown(screen, "timing its kernel calls", () => plan.profile(undefined, { runs }));
  await checkStopped(signal);
  screen.write(`${String(profile)}\n\n${textOfLayers(profile)}\n`);
  const { odd } = plan;
  const { rows, ms, layers } = profile;
  return { json: { name: model.name, ms, macs: plan.macs, ...(odd !== undefined && { odd }), rows, layers } };
}

/**
 * The shapes of the inputs: of a batch of 1, with the given sizes in place of others that the model leaves open.
 * @throws UsageError where these are not as many.
 */
function shapesOf(model: ModelLayer, sizes: readonly number[]): number[][] {
  const left = [...sizes];
  const shapes = model.inputs.map(({ shape: [batch, ...shape] }) => [
    batch ?? 1,
    ...shape.map((size) => size ?? left.shift() ?? NaN),
  ]);
  if (left.length === 0 && !shapes.flat().some(Number.isNaN)) return shapes;
  const inputs = model.inputs.map(({ shape }) => `[${shape.join(", ")}]`).join(" and ");
  throw new UsageError(
    `profile: ${model.label} reads ${inputs.replaceAll("[,", "[any,").replaceAll(", ,", ", any,")}; expected with --sizes as many sizes as it leaves open after the batch.`,
  );
}

/** The layers that take the most time. */
function textOfLayers({ layers, ms: all }: PlanProfile): string {
  const lines = layers.slice(0, 5).map(({ layers: names, ms }) => {
    const text = names.map((name) => name.split("/").at(-1)).join(" + ");
    return `${ms.toFixed(2).padStart(9)} ms  ${((100 * ms) / all).toFixed(1).padStart(4)} %  ${text}`;
  });
  return `${all.toFixed(2).padStart(9)} ms  all rows\n${lines.join("\n")}`;
}
