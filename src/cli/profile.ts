/** `zoetrope profile`: times each kernel call of a model's plan. */
import { info, type ModelLayer, type ModelPlan, type PlanProfile } from "../index.js";
import { type ProfileReport, profileHtml } from "../report/index.js";
import { printableName } from "../printable.js";
import { nameOf, readModel } from "./download.js";
import type { Outcome } from "./outcome.js";
import { checkOutputs } from "./outputs.js";
import type { ProfileCommandOptions } from "./program.js";
import { whileShown } from "./progress.js";
import { profileOutput, writeReportFile } from "./reportFiles.js";
import { seedModel } from "./seedModel.js";
import { checkStopped } from "./stopping.js";
import type { Screen } from "./terminal.js";
import { UsageError } from "./usage.js";

/** Prints the times of the rows of a model file's plan, and writes a page of them; without a file, of that of the video network. */
export async function profileModel(
  screen: Screen,
  file: string | undefined,
  { sizes, runs, report }: Pick<ProfileCommandOptions, "sizes" | "runs" | "report">,
  signal: AbortSignal,
): Promise<Outcome> {
  const target = report === undefined ? undefined : profileOutput(report);
  if (target) await checkOutputs([target], file === undefined ? [] : [file]);
  const model =
    file === undefined
      ? (await whileShown(screen, "making the network", seedModel, { atOnce: true })).model
      : await readModel(screen, file, { compile: false, signal });
  await checkStopped(signal);
  const shapes = shapesOf(model, sizes);
  const plan = await model.plan(shapes);
  const profile = await whileShown(screen, "timing its kernel calls", () => plan.profile(undefined, { runs }));
  await checkStopped(signal);
  screen.write(`${String(profile)}\n\n${textOfLayers(profile)}\n`);
  if (target) {
    const name = file === undefined ? "The video network" : nameOf(file);
    const page = profileHtml(reportOf(name, shapes, runs, plan, profile));
    await whileShown(screen, "report", () => writeReportFile(screen, target.path, page), { atOnce: true });
    screen.write(`Report:     ${printableName(target.path)}\n`);
  }
  const { odd } = plan;
  const { rows, ms, layers, peak } = profile;
  const html = target && { html: target.path };
  return {
    json: { name: model.name, ...html, ms, macs: plan.macs, peak, ...(odd !== undefined && { odd }), rows, layers },
  };
}

function reportOf(
  title: string,
  shapes: readonly (readonly number[])[],
  runs: number,
  { odd, macs }: ModelPlan,
  { rows, ms, peak }: PlanProfile,
): ProfileReport {
  const { backend, threads } = info();
  const gflops = (2 * macs) / ms / 1e6;
  const share =
    peak === undefined || macs === 0 ? "" : `, ${Math.round((100 * gflops) / peak)} % of the peak of the machine`;
  return {
    title,
    summary: `One run of the model takes ${ms.toFixed(1)} ms in ${rows.length} kernel calls: ${gflops.toFixed(1)} GFLOP/s${share}.`,
    facts: [
      ["Inputs", shapes.map((shape) => `[${shape.join(", ")}]`).join(" and ")],
      ["Multiply-adds", `${(macs / 1e6).toFixed(1)} M`],
      ["Kernels", backend],
      ["Threads", String(threads)],
      ...(peak === undefined ? [] : [["Peak", `${peak.toFixed(1)} GFLOP/s`] as const]),
      ["Runs", `${runs}, of which the medians are shown`],
    ],
    notes: odd === undefined ? [] : [`No plan is kept: ${odd} does something else in each call.`],
    rows,
  };
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
