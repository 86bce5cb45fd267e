/** A callback that writes the values of each epoch as a line of a file of comma-separated values. */
import { open } from "node:fs/promises";
import type { Callback, Logs } from "../callback.js";
import { ArgumentError, checkLogs, checkNumber, checkOptions, shown } from "../errors.js";
import { faultOf } from "./decoding/limits.js";
import { written } from "./written.js";

/** The options of `CSVLogger`. */
export interface CSVLoggerOptions {
  /** The path of the file. Required; its folder must exist. */
  filename: string;
  /** One character between two values, "," by default. */
  separator?: string;
  /** Whether lines are added to a file that exists; false by default: it is replaced when training begins. */
  append?: boolean;
}

/** The longest first line that is looked at, in bytes. */
const longestLine = 2 ** 16;

/** The first line of a file with its end; "" of an empty one. */
async function firstLine(filename: string): Promise<string> {
  const file = await open(filename, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestLine), 0, longestLine, 0);
    return /^.*\n?/.exec(buffer.toString("utf8", 0, bytesRead))![0];
  } finally {
    await file.close();
  }
}

/**
 * Makes a callback that writes a file of comma-separated values with a line for each epoch: its number, then the values of
 * the logs in the order of their names. Where the first epoch was not validated, there are columns of `val_` all the same;
 * a value that the logs do not have is "NA", and others are left out. Lines end as in RFC 4180, by "\r\n". Each is on its
 * way to the disk before the next epoch begins.
 *
 * @throws ArgumentError for wrong options. In training FileError, where the file cannot be written, or has other columns
 * than the values of this training.
 * @example
 * await model.fit(x, y, { epochs: 10, callbacks: [CSVLogger({ filename: "training.csv" })] });
 */
export function CSVLogger(options: CSVLoggerOptions): Callback {
  checkOptions("CSVLogger", options, ["filename", "separator", "append"]);
  const { filename, separator = ",", append = false } = options;
  if (typeof filename !== "string" || filename === "") {
    throw new ArgumentError(`CSVLogger: filename ${shown(filename)}; expected a path.`);
  }
  if (typeof separator !== "string" || !/^[^"\r\n]$/.test(separator)) {
    throw new ArgumentError(`CSVLogger: separator ${shown(separator)}; expected one character, as "," or ";".`);
  }
  const isSpecial = (text: string) => text.includes(separator) || /["\r\n]/.test(text);
  const cell = (value: string | number) =>
    isSpecial(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  const line = (values: readonly (string | number)[]) => `${values.map(cell).join(separator)}\r\n`;
  let names: string[] | undefined;

  /** Fixes the columns. Gives the line that names them, where the file does not have it. */
  async function begin(logs: Logs): Promise<string> {
    const found = Object.keys(logs).sort();
    const all = found.some((name) => name.startsWith("val_"))
      ? found
      : [...found, ...found.map((name) => `val_${name}`)];
    const header = line(["epoch", ...all]);
    const present = append ? await written(filename, firstLine(filename)) : "";
    if (present !== "" && present.trimEnd() !== header.trimEnd()) {
      const [theirs, ours] = [present, header].map((each) => shown(each.trimEnd()));
      throw faultOf(filename, `has the columns ${theirs}, but this training ${ours}; give another file`);
    }
    names = all;
    return present === "" ? header : "";
  }

  const add = async (text: string, flags: "a" | "w"): Promise<void> => {
    const file = await open(filename, flags);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  };
  return {
    async onTrainBegin() {
      names = undefined;
      await written(filename, add("", "a")); // a path that cannot be written is known before an epoch is trained
    },
    async onEpochEnd(epoch, logs) {
      checkNumber("CSVLogger", "epoch", epoch, "a whole number from 0");
      checkLogs("CSVLogger", logs);
      const isNew = !names && !append;
      const header = names ? "" : await begin(logs);
      const row = line([epoch, ...names!.map((name) => logs[name] ?? "NA")]);
      await written(filename, add(header + row, isNew ? "w" : "a"));
    },
    getState: () => names,
    setState(columns: string[]) {
      const isList = Array.isArray(columns) && columns.every((column) => typeof column === "string");
      if (!isList) throw new ArgumentError(`CSVLogger: state ${shown(columns)}; expected what getState gave.`);
      names = columns;
    },
  };
}
