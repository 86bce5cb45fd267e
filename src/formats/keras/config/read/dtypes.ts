/**
 * The dtypes of Keras's layers and inputs. All is computed in float32 here, whatever a file says: weights of other
 * sizes are converted when they are read, and one warning names what the model was made for.
 */
import { FileError } from "../../../../errors.js";
import { isObject, showValue, showWord } from "../../../json.js";

/** The numbers that a model was made for, other than float32: "mixed_float16", "int8". */
export type Dtypes = Set<string>;

/** Policies of layers that differ from ours only in how much they round. */
const floats = ["float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16"];
/** Dtypes of inputs whose values are the same as 32-bit floats (large whole numbers are rounded). */
const wholeNumbers = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"];
/**
 * Ways of quantizing weights that are read: int8 are converted (see quantized.ts), and float8 only rounds what is
 * computed from weights in float32.
 */
const quantizations = ["int8", "float8"];
/** Maps of policies lie within each other at most this deep. */
const maxDepth = 4;

/**
 * Notes the dtype of a layer.
 * @param dtype a name, or a policy: `{ class_name: "DTypePolicy", config: { name } }`, a quantized one with `{ mode,
 * source_name }`, or a map of them.
 * @throws FileError for policies of whole numbers and unknown ones, whose results would differ, and for weights that
 * are quantized in other ways.
 */
export function noteDtype(dtypes: Dtypes, label: string, dtype: unknown, depth = 0): void {
  if (dtype == null) return;
  const config = isObject(dtype) && isObject(dtype.config) ? dtype.config : {};
  const { default_policy: usual, policy_map: others, mode } = config;
  if (isObject(dtype) && dtype.class_name === "DTypePolicyMap" && depth < maxDepth) {
    for (const policy of [usual, ...Object.values(isObject(others) ? others : {})]) {
      noteDtype(dtypes, label, policy, depth + 1);
    }
    return;
  }
  if (typeof mode === "string") noteQuantization(dtypes, label, mode);
  const name = typeof mode === "string" ? (config.source_name ?? "float32") : isObject(dtype) ? config.name : dtype;
  // As `"int8_from_float32"`, the names of quantized policies in early versions of Keras 3.
  const [, way, source] = /^(\w+?)_from_(\w+)$/.exec(String(name)) ?? [undefined, undefined, String(name)];
  if (way !== undefined) noteQuantization(dtypes, label, way);
  if (typeof name !== "string" || !floats.includes(source)) {
    throw new FileError(
      `${label} has dtype: ${showValue(name)}, which is not supported; expected one of ${floats.join(", ")}.`,
    );
  }
  if (source !== "float32") dtypes.add(source);
}

function noteQuantization(dtypes: Dtypes, label: string, mode: string): void {
  if (!quantizations.includes(mode)) {
    throw new FileError(
      `${label} has weights that are quantized as ${showWord(mode)}; expected int8 or none; save the model in Keras before quantize().`,
    );
  }
  dtypes.add(mode);
}

/** Notes the dtype of an input. @throws FileError for one that holds no real numbers. */
export function noteInputDtype(dtypes: Dtypes, label: string, dtype: unknown): void {
  if (typeof dtype !== "string" || !wholeNumbers.includes(dtype)) noteDtype(dtypes, label, dtype);
}

/** The warning about a model of these dtypes; undefined where all were float32. */
export function dtypeWarning(dtypes: Dtypes): string | undefined {
  if (dtypes.size === 0) return undefined;
  const text = `was made for ${[...dtypes].sort().join(", ")}; here it is computed in float32, and saved as such`;
  const isQuantized = quantizations.some((mode) => dtypes.has(mode));
  return isQuantized ? `${text}, and the inputs of layers are not quantized as in Keras.` : `${text}.`;
}
