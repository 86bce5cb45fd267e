/** What a training depends on, as texts by name: a checkpoint of other texts belongs to another training. */
import { ArgumentError } from "../errors.js";
import type { Layer } from "../layer.js";
import { ModelLayer } from "../model.js";
import type { FitOptions } from "../training.js";
import { showWord } from "./json.js";
import { trainingConfig } from "./training.js";

/** Texts by the names that messages have for them. */
export type KeyTexts = Record<string, string>;

/** The options of `fit` that decide how weights change; those about data are described by the data. */
const optionNames = [
  ...(["batchSize", "initialEpoch", "stepsPerEpoch", "validationSplit", "validationSteps", "shuffle", "seed"] as const),
  "classWeight",
] as const;

/** Describes the model and the options. Names of layers are left out, as they depend on what a program has made before. */
export function keyTexts(model: ModelLayer, options: FitOptions): KeyTexts {
  const texts: KeyTexts = {};
  layersIn(model).forEach((layer, i) => {
    const name = `layer ${i + 1}`;
    texts[name] = [layer.className, ...layer.weights.map(({ shape }) => `[${shape.join(", ")}]`)].join(" ");
    addTexts(
      texts,
      `${name} (${layer.className})`,
      unlessFunction(() => layer.getConfig()),
    );
  });
  texts.optimizer = model.optimizer!.name;
  const { optimizer, ...rest } = unlessFunction(() => compiled(model));
  addTexts(texts, "optimizer", optimizer);
  addTexts(texts, "compile", rest);
  addTexts(texts, "fit", Object.fromEntries(optionNames.map((name) => [name, options[name]])));
  texts["the number of callbacks with a state"] = String(
    (options.callbacks ?? []).filter(({ getState }) => getState).length,
  );
  return texts;
}

/** Says which text is the first that differs. */
export function firstDifference(theirs: KeyTexts, ours: KeyTexts): string {
  const name = Object.keys({ ...ours, ...theirs }).find((each) => theirs[each] !== ours[each])!;
  const [was, is] = [theirs, ours].map((texts) => showWord(texts[name] ?? "nothing"));
  return `belongs to another training: ${name} was ${was}, now it is ${is}; choose another place, or resume: false.`;
}

/** Adds the text of each option that has a value. */
function addTexts(texts: KeyTexts, prefix: string, options: unknown): void {
  for (const [name, value] of Object.entries(Object(options) as object)) {
    if (name === "name" || value === undefined) continue;
    texts[`${prefix} ${name}`] =
      typeof value === "string"
        ? value
        : JSON.stringify(value, (key, item: unknown) => (key === "name" ? undefined : item));
  }
}

/** The layers in the order of the calls, those inside of models one by one. */
const layersIn = (model: ModelLayer): Layer[] =>
  [...new Set(model.graph.map(({ layer }) => layer))].flatMap((layer) =>
    layer instanceof ModelLayer ? layersIn(layer) : [layer],
  );

/** How the model was compiled. A rate that is a number may have been changed since. */
function compiled(model: ModelLayer): { optimizer?: unknown } {
  const { optimizer, ...rest } = trainingConfig("fit", model)!;
  const { learningRate, ...options } = optimizer.config as { learningRate?: unknown };
  return {
    optimizer: {
      ...options,
      learningRate: typeof learningRate === "number" ? model.optimizer!.options.learningRate : learningRate,
    },
    ...rest,
  };
}

/** What `describe` gives; nothing where a user-defined function is in it, which has no text. */
function unlessFunction<T extends object>(describe: () => T): Partial<T> {
  try {
    return describe();
  } catch (error) {
    if (error instanceof ArgumentError) return {};
    throw error;
  }
}
