/** Calls of layers whose arguments have names, as `query`, `value` and `key` of MultiHeadAttention. */
import { FileError } from "../../../../errors.js";
import { type JsonObject, showValue, showWord } from "../../../json.js";
import { type CallWords, callTable } from "../callTable.js";

/** The arguments of a layer by name; undefined for a layer that is called on x or a list alone. */
export const wordsOfCall = (className: unknown): CallWords | undefined =>
  typeof className === "string" && Object.hasOwn(callTable, className) ? callTable[className] : undefined;

/**
 * A call whose arguments are given by position or name.
 * @param places the tensors in an argument.
 * @throws FileError for arguments that the layer does not have, and for other values than theirs.
 */
export function readNamedCall<Place>(
  label: string,
  words: CallWords,
  given: readonly unknown[],
  keywords: JsonObject,
  places: (label: string, value: unknown) => Place[],
): { inputs: Place[]; masks: Place[]; options: Record<string, boolean> } {
  const named = new Map<string, unknown>(given.map((value, i) => [words.arguments[i] ?? `argument ${i + 1}`, value]));
  for (const [name, value] of Object.entries(keywords)) named.set(name, value);
  const options: Record<string, boolean> = {};
  for (const [name, value] of named) {
    if (value === null || isTensorArgument(words, name)) continue;
    const option = name === "training" ? name : Object.hasOwn(words.flags, name) ? words.flags[name] : undefined;
    if (option === undefined) {
      throw new FileError(`${label} is called with ${showWord(name)}: ${showValue(value)}, which is not supported.`);
    }
    if (typeof value !== "boolean") {
      throw new FileError(`${label} is called with ${showWord(name)}: ${showValue(value)}; expected true or false.`);
    }
    if (option !== "training" && value) options[option] = true;
  }
  const of = (names: readonly string[]) => names.flatMap((name) => places(label, named.get(name) ?? null));
  const mask = words.attentionMask === undefined ? [] : of([words.attentionMask]);
  if (mask.length > 0) options.attentionMask = true;
  return { inputs: [...of(words.tensors), ...mask], masks: of(words.masks), options };
}

const isTensorArgument = ({ tensors, masks, attentionMask }: CallWords, name: string): boolean =>
  tensors.includes(name) || masks.includes(name) || name === attentionMask;
