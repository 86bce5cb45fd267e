/** `zoetrope summary`: lists the layers of a model. */
import { loadModel } from "../formats/index.js";
import type { Outcome } from "./outcome.js";
import { seedModel } from "./seedModel.js";
import type { Screen } from "./terminal.js";

/** Prints the summary of a model file; without a file, that of the video network. */
export async function summarize(screen: Screen, file: string | undefined): Promise<Outcome> {
  const model = file === undefined ? (await seedModel()).model : await loadModel(file, { compile: false });
  await model.summary({ print: (text) => screen.write(text) });
  const layers = model.layers.map((layer) => {
    const outputShape = layer.nodes.at(-1)?.outputs[0].shape;
    return { name: layer.name, className: layer.className, outputShape, params: layer.countParams() };
  });
  return { json: { name: model.name, params: model.countParams(), layers } };
}
