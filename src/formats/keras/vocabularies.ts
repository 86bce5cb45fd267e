/**
 * Vocabularies in `.keras` files. Keras keeps one that was given in the config of its layer, and one that `adapt` found as a
 * text beside it; weights of "tf_idf" are among the weights, under a name. They are put into the config, from which the layer
 * is made, as its vectors have the length of the vocabulary.
 */
import { FileError } from "../../errors.js";
import type { H5Group } from "../hdf5/read.js";
import { isObject, type JsonObject, showValue, textOf } from "../json.js";
import { isSame, maxAlike } from "./config/read/shared.js";
import { placesByClass } from "./weights/v3Tree.js";

/** Layers with a vocabulary. */
const lookups = ["TextVectorization", "StringLookup", "IntegerLookup"];
/** Models, and layers that have a list of layers like one; these are searched. */
const models = ["Functional", "Model", "Sequential", "Pipeline"];

/** Whether a member of a `.keras` file is a vocabulary. */
export const isVocabulary = (name: string): boolean => /^assets\/.*\/?vocabulary\.txt$/.test(name);

/** A layer without a vocabulary in its config, and where its vocabulary is. */
interface Place {
  readonly described: JsonObject;
  readonly config: JsonObject;
  readonly path: string;
}

/** The layers of a config that have their vocabulary elsewhere. */
function findPlaces(described: unknown, path: string): Place[] {
  if (!isObject(described) || !isObject(described.config)) return [];
  const { class_name: className, config } = described;
  if (models.includes(className as string)) return findInModel(config.layers, path);
  if (className === "TimeDistributed") return findPlaces(config.layer, `${path}layer/`);
  if (!lookups.includes(className as string) || config.vocabulary != null) return [];
  return [{ described, config, path }];
}

function findInModel(layers: unknown, path: string): Place[] {
  // Keras counts no operations among the layers of a model, and no Input of a Sequential, which has a class of its own.
  const isLayer = (item: unknown): item is JsonObject =>
    isObject(item) && typeof item.class_name === "string" && !String(item.module).includes(".ops.");
  const list = Array.isArray(layers) ? layers.filter(isLayer) : [];
  const paths = placesByClass("layers", list.map(({ class_name: name }) => name as string)); // prettier-ignore
  return list.flatMap((layer, i) => findPlaces(layer, `${path}${paths[i]}/`));
}

/**
 * Gives a config whose layers have the vocabularies of the file.
 * @param files the members of the file, by name.
 * @param readWeights reads the weights of the file; it is called where they are needed.
 * @throws FileError for vocabularies that are no text.
 */
export async function withVocabularies(
  where: string,
  config: unknown,
  files: ReadonlyMap<string, Uint8Array>,
  readWeights: () => Promise<H5Group>,
): Promise<unknown> {
  const found = new Map<unknown, JsonObject>();
  const byName = new Map<unknown, Place[]>();
  for (const place of findPlaces(config, "")) {
    const alike = byName.get(place.config.name) ?? [];
    const lines = linesOf(where, `assets/${place.path}vocabulary.txt`, files);
    const vocabulary = lines ? await vocabularyOf(place, lines, readWeights) : sharedVocabulary(place, alike, found);
    if (!vocabulary) continue;
    found.set(place.config, { ...place.config, ...vocabulary });
    if (alike.length < maxAlike) byName.set(place.config.name, [...alike, place]);
  }
  return found.size === 0 ? config : replaced(config, found);
}

/** The options that a vocabulary is. */
async function vocabularyOf(
  { described, config, path }: Place,
  lines: readonly string[],
  readWeights: () => Promise<H5Group>,
): Promise<JsonObject> {
  const vocabulary = described.class_name === "IntegerLookup" ? lines.map(Number) : lines;
  const idf = config.output_mode === "tf_idf" ? idfAt(await readWeights(), path) : undefined;
  // Weights come with zeros for places that no token has.
  return { vocabulary, ...(idf && { idf_weights: idf.slice(0, lines.length) }) };
}

/** The vocabulary of a layer that lies in several models: only the first place has it, see LayersMet. */
function sharedVocabulary(
  { described }: Place,
  alike: readonly Place[],
  found: ReadonlyMap<unknown, JsonObject>,
): JsonObject | undefined {
  const same = alike.filter((place) => isSame(place.described, described));
  if (described.shared_object_id === undefined || same.length !== 1) return undefined;
  const { vocabulary, idf_weights } = found.get(same[0].config)!;
  return { vocabulary, idf_weights };
}

function replaced(value: unknown, found: ReadonlyMap<unknown, JsonObject>): unknown {
  if (found.has(value)) return found.get(value);
  if (Array.isArray(value)) return value.map((item) => replaced(item, found));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, found)]));
}

/**
 * The lines of a vocabulary; empty ones at the end do not count. Only line feeds, which Keras writes between tokens, end lines:
 * Keras itself also takes other characters for ends, such as U+2028, and so cannot read all that it writes.
 */
function linesOf(where: string, name: string, files: ReadonlyMap<string, Uint8Array>): string[] | undefined {
  const bytes = files.get(name);
  if (!bytes) return undefined;
  let text: string;
  try {
    text = textOf(bytes);
  } catch (error) {
    throw new FileError(`${where}: ${showValue(name)}: ${(error as Error).message}.`);
  }
  const lines = text.split(/\r?\n/);
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

/** The weights of "tf_idf" of a layer. */
function idfAt(root: H5Group, path: string): readonly number[] | undefined {
  const group = path.split("/").slice(0, -1).reduce<H5Group | undefined>((at, name) => at?.groups.get(name), root); // prettier-ignore
  const dataset = group?.groups.get("vars")?.datasets.get("idf_weights");
  return dataset && Array.from(dataset.data);
}
