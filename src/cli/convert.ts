/** `zoetrope convert`: writes a model in another format. */
import { saveModel } from "../formats/index.js";
import { formatToWrite } from "../formats/table.js";
import { readModel } from "./download.js";
import type { Outcome } from "./outcome.js";
import { whileShown } from "./progress.js";
import { plural, type Screen } from "./terminal.js";

/** What the texts that `zoetrope train` stores contain, in words; other texts are the user's, and have their names. */
const contents: Readonly<Record<string, string>> = {
  classifier: "the names of the classes and the length of the windows (zoetrope predict needs both)",
};

/** Reads a model of any format and writes it in the format that the ending of `to` names. */
export async function convertModel(
  screen: Screen,
  from: string,
  to: string,
  options: { compile: boolean; signal: AbortSignal },
): Promise<Outcome> {
  const model = await readModel(screen, from, options);
  const { metadata } = model;
  const keepsTexts = formatToWrite("saveModel", "writeModel", undefined, to).reader?.readMetadata !== undefined;
  await whileShown(screen, `writing ${to}`, () => saveModel(model, to, keepsTexts ? { metadata } : {}));
  const trained = model.optimizer
    ? `, with ${model.optimizer.name} after ${plural(model.optimizer.iterations, "update")}`
    : "";
  screen.write(`${from} -> ${to}: ${model.name}, ${plural(model.countParams(), "parameter")}${trained}\n`);
  const lost = keepsTexts ? [] : Object.keys(metadata);
  const left = lost.map((name) => contents[name] ?? name).join(", ");
  if (lost.length > 0) screen.write(`Left out, as such a file has no place for it: ${left}.\n`);
  return { json: { from, to, name: model.name, params: model.countParams(), lost } };
}
