/** The options of what Keras's training is made of. */
import { FileError } from "../../../../errors.js";
import { type JsonObject, plainValue, showValue, showWord } from "../../../json.js";
import type { TrainingWords } from "../trainingTable.js";

/** What a message tells to do about training that cannot be taken over. */
export const advice = "load with { compile: false }";

/** Options by our names. @throws FileError for one that is not in the table, or has a value that it cannot have. */
export function readOptions(
  label: string,
  { options, fixed, nulls = {} }: TrainingWords,
  config: JsonObject,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const isDefault = value === null && !Object.hasOwn(nulls, key);
    if (isDefault || (Object.hasOwn(fixed, key) && (fixed[key]?.includes(value) ?? true))) continue;
    const ours = value === null ? nulls[key] : plainValue(`${showWord(label)}: ${showWord(key)}`, value);
    if (!Object.hasOwn(options, key) || ours === undefined) {
      throw new FileError(
        `was compiled with ${showWord(label)} ${showWord(key)}: ${showValue(value)}, which is not supported; ${advice}.`,
      );
    }
    result[options[key]] = ours;
  }
  return result;
}
