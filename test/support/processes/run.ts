// Runs programs that tests may kill.
import { spawn } from "node:child_process";

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/**
 * Runs a script; where `killAfter` is given, it is killed so many milliseconds after it has written its first line, as by
 * a loss of power.
 */
export function runProcess(script: string, args: readonly string[], killAfter?: number): Promise<Ended> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    const ended: Ended = { code: null, out: "", err: "" };
    child.stdout.on("data", (text) => {
      const isFirst = ended.out === "";
      ended.out += String(text);
      if (isFirst && killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
    });
    child.stderr.on("data", (text) => (ended.err += String(text)));
    child.on("error", fail);
    child.on("close", (code) => done({ ...ended, code }));
  });
}
