/** Reads the description that `train` writes into a model's file, which may come from others. */
import { FileError, type ModelLayer } from "../../index.js";
import { printable, printableName } from "../../printable.js";
import { type Classifier, highestRate } from "./options.js";

/** Longer windows are no description of clips. */
const longestSeconds = 1e6;

/**
 * The description in the metadata of a model that `train` has written.
 * @param file the model's file, for errors.
 * @throws FileError where it is not there, is broken, or does not fit the model.
 */
export function readClassifier(file: string, model: ModelLayer, text: string | undefined): Classifier {
  const wrong = (what: string) =>
    new FileError(`${printableName(file)}: ${what}; expected a model file that zoetrope train has written.`);
  if (text === undefined) throw wrong("does not say its classes and windows");
  const read = parsed(text);
  const problem = read === undefined ? "is no JSON object" : problemIn(read, model);
  if (problem !== undefined) throw wrong(`its description of classes and windows ${problem}`);
  const { classes, frames, size, windowSeconds, split } = read as unknown as Classifier;
  return { classes, frames, size, windowSeconds, split };
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return read instanceof Object && !Array.isArray(read) ? (read as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What is wrong with a description, undefined for nothing. */
function problemIn({ classes, frames, size, windowSeconds }: Record<string, unknown>, model: ModelLayer): string | undefined {
  const [input, output] = [model.inputs, model.outputs].map((ends) => (ends.length === 1 ? ends[0].shape : []));
  const fits = input.length === 5 && input[4] === 3 && output.length === 2;
  if (!fits) return "needs a model from clips [batch, frames, size, size, 3] to [batch, classes]";
  if (!Array.isArray(classes) || !classes.every((name) => typeof name === "string")) return "has no list of class names";
  if (classes.length !== output[1]) return `has ${classes.length} classes, and the model ${output[1]}`;
  if (new Set(classes).size !== classes.length) return "has a class twice";
  if (frames !== input[1]) return `says frames ${shortly(frames)}, and the model reads ${input[1]}`;
  if (size !== input[2] || size !== input[3]) return `says size ${shortly(size)}, and the model reads ${input[2]}x${input[3]}`;
  const isLength = typeof windowSeconds === "number" && windowSeconds > 0 && windowSeconds <= longestSeconds;
  if (!isLength || (frames as number) / windowSeconds > highestRate) return `says windowSeconds ${shortly(windowSeconds)}`;
  return undefined;
} // prettier-ignore

const shortly = (value: unknown): string => printable(JSON.stringify(value) ?? "nothing", 40);
