/** Runs the built command in a process of its own. */
import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

export interface RunOptions {
  cwd: string;
  /** Environment variables besides those of this process. */
  env?: Record<string, string>;
  /** Where the standard output goes; by default it is `out` of the result. */
  stdout?: number;
  /** Called with all that has come so far on both streams, after each piece. */
  onText?: (text: string, child: ChildProcess) => void;
}

/** Runs it with arguments until it has ended. */
export function runCommand(args: readonly string[], { cwd, env, stdout, onText }: RunOptions): Promise<Ended> {
  return new Promise((done, fail) => {
    const stdio: StdioOptions = ["ignore", stdout ?? "pipe", "pipe"];
    const child = spawn(process.execPath, [command, ...args], { cwd, stdio, env: { ...process.env, ...env } });
    const ended: Ended = { code: null, out: "", err: "" };
    for (const [name, stream] of [["out", child.stdout], ["err", child.stderr]] as const) {
      stream?.on("data", (text) => {
        ended[name] += text;
        onText?.(ended.out + ended.err, child);
      });
    } // prettier-ignore
    child.on("error", fail);
    child.on("close", (code) => done({ ...ended, code }));
  });
}
