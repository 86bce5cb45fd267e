/** Which kind of file some bytes begin, and which kind a name asks for. */
import { ArgumentError } from "../errors.js";

export type Kind = "zip" | "hdf5" | "json" | "safetensors";

const beginnings: [kind: Kind, bytes: number[]][] = [
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
  ["hdf5", [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]],
];

/** Safetensors have no mark: they are what nothing else is. The first eight bytes tell. */
export function kindOf(bytes: Uint8Array): Kind {
  for (const [kind, beginning] of beginnings) if (beginning.every((byte, i) => bytes[i] === byte)) return kind;
  const text = String.fromCharCode(...bytes.subarray(0, 8));
  // The length of safetensors' header, which stands there, has zeros where JSON has text.
  return /^\s*\{[^\0]*$/.test(text) ? "json" : "safetensors";
}

export const modelFormats = ["safetensors", "keras", "onnx"] as const;
export const weightFormats = ["safetensors", "weights.h5"] as const;

/** The format that was asked for, or that the target's name ends in; safetensors else. @throws ArgumentError */
export function formatOf<Format extends string>(
  where: string,
  formats: readonly Format[],
  asked: string | undefined,
  target: unknown,
): Format {
  const name = typeof target === "string" || target instanceof URL ? String(target).replace(/[?#].*$/, "") : "";
  const format = asked ?? formats.find((known) => name.toLowerCase().endsWith(`.${known}`));
  if (format === undefined) {
    const foreign = /\.(keras|h5|hdf5|onnx|json)$/i.exec(name)?.[0];
    if (foreign === undefined) return "safetensors" as Format;
    throw new ArgumentError(
      `${where}: cannot write *${foreign}; expected ${formats.map((known) => `*.${known}`).join(", ")}, or { format }.`,
    );
  }
  if ((formats as readonly string[]).includes(format)) return format as Format;
  throw new ArgumentError(`${where}: format "${format}"; expected ${formats.map((known) => `"${known}"`).join(", ")}.`);
}
