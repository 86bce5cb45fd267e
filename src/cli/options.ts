/** What the words after `npm start --` ask for. */
import { parseArgs } from "node:util";
import { nearest } from "../index.js";

/** The command line cannot be understood: one line for the user, exit code 2. */
export class UsageError extends Error {}

export interface Options {
  help: boolean;
  seed: number;
  /** undefined: whatever this machine runs best. */
  build: "plain" | "relaxed" | undefined;
  wide: boolean;
  /** A photograph to label; without one, the demo. */
  photo: string | undefined;
  /** Which MobileNet labels it. */
  alpha: number;
  size: number;
}

const known = {
  help: { type: "boolean", short: "h" },
  seed: { type: "string" },
  build: { type: "string" },
  wide: { type: "boolean" },
  alpha: { type: "string" },
  size: { type: "string" },
} as const;

/** @throws UsageError for anything that is not known. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) if (token.kind === "option") checkOption(token.name, token.rawName, token.value);
  return {
    help: values.help === true,
    seed: parseSeed(values.seed as string | undefined),
    build: parseBuild(values.build as string | undefined),
    wide: values.wide === true,
    photo: parsePhoto(positionals),
    alpha: parseNumber("alpha", values.alpha as string | undefined, [1, 0.75, 0.5, 0.25]),
    size: parseNumber("size", values.size as string | undefined, [224, 192, 160, 128]),
  };
}

function checkOption(name: string, rawName: string, value: string | undefined): void {
  if (!Object.hasOwn(known, name)) {
    const guess = nearest(name, Object.keys(known));
    const advice = guess ? `did you mean --${guess}?` : "--help lists what there is.";
    throw new UsageError(`unknown option ${rawName}; ${advice}`);
  }
  const takesValue = known[name as keyof typeof known].type === "string";
  if (takesValue && value === undefined) throw new UsageError(`${rawName} stands alone; expected a value after it.`);
  if (!takesValue && value !== undefined) throw new UsageError(`${rawName}=${value}: this option takes no value.`);
}

function parseSeed(text = "1"): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed < 2 ** 32) return seed;
  throw new UsageError(`--seed ${text}; expected a whole number from 0 to ${2 ** 32 - 1}.`);
}

/** One of a few numbers; the first unless given. */
function parseNumber(name: string, text: string | undefined, numbers: readonly number[]): number {
  if (text === undefined) return numbers[0];
  if (text.trim() !== "" && numbers.includes(Number(text))) return Number(text);
  throw new UsageError(`--${name} ${text}; expected one of ${numbers.join(", ")}.`);
}

function parseBuild(text: string | undefined): Options["build"] {
  if (text === undefined || text === "plain" || text === "relaxed") return text;
  throw new UsageError(`--build ${text}; expected plain or relaxed.`);
}

function parsePhoto(positionals: readonly string[]): string | undefined {
  const [photo, second] = positionals;
  if (second !== undefined) throw new UsageError(`${second}: one photograph at a time.`);
  if (photo === undefined || /\.(jpe?g|png)$/i.test(photo)) return photo;
  throw new UsageError(
    `${photo}: expected a photograph (.jpg, .jpeg, .png), or nothing for the demo; --help tells more.`,
  );
}
