// Programs that some tests need and not every machine has.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where a program is, by the folders of PATH. */
export function found(program: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}
