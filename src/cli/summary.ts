/** `zoetrope summary`: lists the layers of a model. */
import { readModel } from "./download.js";
import type { Outcome } from "./outcome.js";
import { whileShown } from "./progress.js";
import { seedModel } from "./seedModel.js";
import { checkStopped } from "./stopping.js";
import type { Screen } from "./terminal.js";

/** Prints the summary of a model file; without a file, that of the video network. */
export async function summarize(screen: Screen, file: string | undefined, signal: AbortSignal): Promise<Outcome> {
  const model =
    file === undefined
      ? (await whileShown(screen, "making the network", seedModel, { atOnce: true })).model
      : await readModel(screen, file, { compile: false, signal });
  await checkStopped(signal);
  const hasMacs = model.macs(model.inputs.map(({ shape }) => shape)) !== 0;
  await model.summary({ macs: hasMacs, print: (text) => screen.write(text) });
  const layers = model.layers.map((layer) => {
    const outputShape = layer.nodes.at(-1)?.outputs[0].shape;
    return { name: layer.name, className: layer.className, outputShape, params: layer.countParams() };
  });
  return { json: { name: model.name, params: model.countParams(), layers } };
}
