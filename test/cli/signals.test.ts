// Signals: each command ends with the exit code of the signal, and says what is kept.
import { type ChildProcess, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../support/command.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const cwd = temporaryFolder("signals");
const at = (name: string) => join(cwd, name);

/** Sends a signal when a text has come for the first time. */
function sending(signal: NodeJS.Signals, when: RegExp) {
  let isSent = false;
  return (text: string, child: ChildProcess) => {
    if (isSent || !when.test(text)) return;
    isSent = true;
    child.kill(signal);
  };
}

/** Runs it with a signal at a text. */
const runUntil = (when: RegExp, signal: NodeJS.Signals, ...args: string[]) =>
  runCommand(args, { cwd, onText: sending(signal, when) });

const endless = createServer((_, response) => {
  response.writeHead(200, { "content-length": 1e6 }).write(new Uint8Array([100, 0, 0, 0, 0, 0, 0, 0]));
});
let address: string;

beforeAll(async () => {
  for (const [name, shade] of [["dark", 20], ["light", 220]] as const) {
    for (const clip of ["a", "b"]) {
      mkdirSync(at(`clips/${name}/${clip}`), { recursive: true });
      for (let i = 0; i < 4; i++) {
        const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, k) => shade + ((k * (i + 1) + clip.length) % 30));
        data[0] = clip.charCodeAt(0); // each clip has a content of its own
        writeFileSync(at(`clips/${name}/${clip}/f${i}.png`), encode({ width: 64, height: 64, channels: 3, data }));
      }
    }
  } // prettier-ignore
  await new Promise<void>((done) => endless.listen(0, "127.0.0.1", done));
  address = `http://127.0.0.1:${(endless.address() as AddressInfo).port}/film.safetensors?token=1`;
});
afterAll(() => {
  endless.closeAllConnections();
  endless.close();
});

// Windows has no signal that a process could send to another.
describe.runIf(process.platform !== "win32")("a signal", () => {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

  test.each(Object.entries(codes))("%s ends a download, which says the file's name without the query", async (name, code) => {
    const signal = name as keyof typeof codes;
    const { out, ...rest } = await runUntil(/downloading/, signal, "summary", address);
    expect(rest).toEqual({ code, err: "\nStopped; nothing was written.\n" });
    expect(out).toMatch(/\nfilm\.safetensors: downloading, 1\.0 MB\n$/);
  }); // prettier-ignore

  test("ends convert before anything is written", async () => {
    const { code, err } = await runUntil(/downloading/, "SIGTERM", "convert", address, "b.keras");
    expect([code, err]).toEqual([143, "\nStopped; nothing was written.\n"]);
    expect(readdirSync(cwd)).not.toContain("b.keras");
  });

  test("is noticed at the end of a step that is computed", async () => {
    const { code, out } = await runUntil(/making the network/, "SIGINT", "summary");
    expect([code, out]).toEqual([130, "making the network ...\n"]);
  });

  test("ends the command although a pipe holds the process", async () => {
    execFileSync("mkfifo", [at("pipe.safetensors")]);
    for (const args of [
      ["summary", "pipe.safetensors"],
      ["convert", "pipe.safetensors", "c.safetensors"],
    ]) {
      const { code, err } = await runUntil(/reading pipe/, "SIGINT", ...args);
      expect([code, err]).toEqual([null, "\nStopped; nothing was written.\n"]); // by the signal: 130 for a shell
    }
  });

  test.each(["SIGTERM", "SIGHUP"] as const)("%s keeps the weights of a training, beside a finished model", async (signal) => {
    writeFileSync(at("m.safetensors"), "a finished model");
    const args = ["train", "clips", "--frames", "4", "--epochs", "5000", "--filters", "2", "--cache", "cache"];
    const { code, out, err } = await runUntil(/epoch \d/, signal, ...args, "-o", "m.safetensors");
    expect([code, err]).toEqual([codes[signal], "\nStopped; the features so far are kept for another run.\n"]);
    expect(out).toMatch(/Stopped after .*m\.stopped\.safetensors/);
    expect(existsSync(at("m.stopped.safetensors"))).toBe(true);
    expect(existsSync(at("m.safetensors.bak"))).toBe(false);
    expect(readdirSync(cwd).filter((name) => name.endsWith(".part"))).toEqual([]);
    const again = await runCommand(["predict", "clips/dark/a", "-m", "m.stopped.safetensors", "--json"], { cwd });
    expect(JSON.parse(again.out).clips[0].labels.map(({ label }: { label: string }) => label).sort()).toEqual(["dark", "light"]);
  }, 120_000); // prettier-ignore
});
