/** `zoetrope convert`: writes a model in another format. */
import { fileURLToPath } from "node:url";
import { isAddress, isFileAddress, withoutSecrets } from "../address.js";
import { saveModel } from "../formats/index.js";
import { importFflate, importH5wasm, importPbf } from "../formats/peers.js";
import { formats } from "../formats/table.js";
import { printableName } from "../printable.js";
import { readModel } from "./download.js";
import type { Outcome } from "./outcome.js";
import { checkOutputs, isDevice, writeOutput } from "./outputs.js";
import { whileShown } from "./progress.js";
import { checkStopped } from "./stopping.js";
import { plural, type Screen } from "./terminal.js";
import { UsageError } from "./usage.js";

/** What the texts that `zoetrope train` stores contain, in words; other texts are the user's, and have their names. */
const contents: Readonly<Record<string, string>> = {
  classifier: "the names of the classes and the length of the windows (zoetrope predict needs both)",
};

/** What loads the packages that a format needs. */
const packages = { safetensors: [], keras: [importH5wasm, importFflate], onnx: [importPbf] };

/** About how large a model is before it is known: no disk that holds less has room for one. */
const fewBytes = 1 << 20;

/** Reads a model of any format and writes it in the format that the ending of `to` names. */
export async function convertModel(
  screen: Screen,
  from: string,
  to: string,
  options: { compile: boolean; signal: AbortSignal },
): Promise<Outcome> {
  const [source, target] = [from, to].map((given) => (isFileAddress(given) ? fileURLToPath(given) : given));
  const format = await formatOf(target);
  const output = { path: target, what: "the model", advice: "give another path", bytes: fewBytes };
  await checkOutputs([output], isAddress(source) ? [] : [source]);
  for (const load of packages[format.name]) await load("convert");
  const model = await readModel(screen, from, options);
  await checkStopped(options.signal);
  const { metadata } = model;
  const keepsTexts = "reader" in format && "readMetadata" in format.reader;
  const write = (path: string) => saveModel(model, path, { format: format.name, ...(keepsTexts && { metadata }) });
  await whileShown(screen, `writing ${printableName(to)}`, () => writeOutput(screen, target, write));
  const trained = model.optimizer
    ? `, with ${model.optimizer.name} after ${plural(model.optimizer.iterations, "update")}`
    : "";
  const what = `${printableName(model.name)}, ${plural(model.countParams(), "parameter")}${trained}`;
  screen.write(`${printableName(withoutSecrets(from))} -> ${printableName(to)}: ${what}\n`);
  const lost = keepsTexts ? [] : Object.keys(metadata);
  const left = lost.map((name) => (Object.hasOwn(contents, name) ? contents[name] : printableName(name))).join(", ");
  if (lost.length > 0) screen.write(`Left out, as such a file has no place for it: ${left}.\n`);
  return { json: { from: withoutSecrets(from), to, name: model.name, params: model.countParams(), lost } };
}

/** The format that the ending of a name says; of a device or pipe, the default. @throws UsageError for another ending. */
async function formatOf(to: string) {
  const writable = formats.filter((format) => "writeModel" in format);
  const found = writable.find(({ name }) => to.toLowerCase().endsWith(`.${name}`));
  if (found) return found;
  if (await isDevice(to)) return writable[0];
  const endings = writable.map(({ name }) => `.${name}`).join(", ");
  throw new UsageError(
    `${printableName(to)}: no format has such an ending; expected a name that ends in one of ${endings}.`,
  );
}
