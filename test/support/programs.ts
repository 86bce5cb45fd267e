// Finds programs that some tests need and not every machine has.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of a program in a folder of PATH; undefined where there is none. */
export function findProgram(program: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const file = process.platform === "win32" ? `${program}.exe` : program;
  return folders.map((folder) => join(folder, file)).find((path) => existsSync(path));
}

/** Runs a program and returns what it prints. @throws Error if it ends with another status than 0, with all that it printed. */
export function run(command: string, args: string[], cwd: string): string {
  const shell = process.platform === "win32" && command === "npm"; // a batch file there
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", shell });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}
