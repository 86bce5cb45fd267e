// Programs of users, by which the threads of the kernels must not be noticed: they end, are ended, preload code, are bundled, have threads of
// their own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("threads");
const entry = pathToFileURL(resolve("dist/index.js")).href;

/** Multiplies matrices until the workers have started, and then some more. */
const multiply = `
  const a = ones([300, 300]);
  for (let more = 10; more > 0; ) {
    scope(() => void matMul(a, a));
    if (info().started) more--;
    else await new Promise((resolve) => setTimeout(resolve, 1));
  }`;

interface Result {
  code: number | null;
  signal: string | null;
  lines: string[];
}

function writeProgram(name: string, code: string): string {
  const path = join(folder, name);
  writeFileSync(path, `import { info, init, matMul, ones, scope } from ${JSON.stringify(entry)};\n${code}`);
  return path;
}

async function runNode(args: string[], env: Record<string, string> = {}, onLine?: (kill: () => void) => void) {
  const child = spawn(process.execPath, args, { env: { ...process.env, ZOETROPE_THREADS: "3", ...env } });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      onLine?.(() => child.kill("SIGINT"));
    });
  }
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal, lines: text.trim().split("\n") } satisfies Result;
}

test("a program ends by itself, though its workers sleep", async () => {
  const path = writeProgram("ends.mjs", `${multiply} console.log(JSON.stringify(info()));`);
  const { code, lines } = await runNode([path]);
  expect(lines.length).toBe(1);
  expect(JSON.parse(lines[0])).toMatchObject({ threads: 3, started: true, shared: true });
  expect(code).toBe(0);
});

test("a program may exit in the midst of its work, and with an error", async () => {
  const exits = writeProgram("exits.mjs", `${multiply} scope(() => void matMul(a, a)); process.exit(7);`);
  expect(await runNode([exits])).toEqual({ code: 7, signal: null, lines: [""] });
  const throws = writeProgram("throws.mjs", `${multiply} throw new Error("mine");`);
  const { code, lines } = await runNode([throws]);
  expect(code).toBe(1);
  expect(lines.join("\n")).toContain("Error: mine");
});

test("a program is ended by Ctrl-C, and may handle it", async () => {
  const endless = `${multiply} console.log("go"); for (;;) { scope(() => void matMul(a, a)); await new Promise((turn) => setImmediate(turn)); }`;
  const ended = await runNode([writeProgram("endless.mjs", endless)], {}, (kill) => kill());
  expect(ended).toEqual({ code: null, signal: "SIGINT", lines: ["go"] });
  const handled = `process.on("SIGINT", () => { console.log("bye"); process.exit(3); }); ${endless}`;
  const result = await runNode([writeProgram("handles.mjs", handled)], {}, (kill) => kill());
  expect(result).toEqual({ code: 3, signal: null, lines: ["go", "bye"] });
});

test("what a program preloads runs once, not in the workers", async () => {
  const preload = join(folder, "preload.cjs");
  writeFileSync(preload, 'console.log("preloaded");');
  const path = writeProgram("preloads.mjs", `${multiply} console.log(info().started);`);
  const required = await runNode(["--require", preload, path]);
  expect(required).toEqual({ code: 0, signal: null, lines: ["preloaded", "true"] });
  const byVariable = await runNode([path], { NODE_OPTIONS: `--require ${JSON.stringify(preload)}` });
  expect(byVariable).toEqual({ code: 0, signal: null, lines: ["preloaded", "true"] });
});

test("workers of the program may have threads of their own", async () => {
  const inside = writeProgram(
    "inside.mjs",
    `import { parentPort } from "node:worker_threads"; ${multiply} parentPort.postMessage(info().threads);`,
  );
  const code = `
    import { Worker } from "node:worker_threads";
    const answers = [1, 2].map(() => new Promise((resolve) => new Worker(${JSON.stringify(inside)}).on("message", resolve)));
    console.log(JSON.stringify(await Promise.all(answers)));`;
  expect(await runNode([writeProgram("outside.mjs", code)])).toEqual({ code: 0, signal: null, lines: ["[3,3]"] });
});

test("under Node's permission model there is one thread, unless workers are allowed", async () => {
  const flag = Number(process.versions.node.split(".")[0]) < 23 ? "--experimental-permission" : "--permission";
  const code = `const a = ones([300, 300]); for (let i = 0; i < 50; i++) scope(() => void matMul(a, a)); console.log(JSON.stringify(info()));`;
  const path = writeProgram("permission.mjs", code);
  const options = ["--no-warnings", flag, "--allow-fs-read=*"];
  const refused = await runNode([...options, path]);
  expect(refused.code).toBe(0);
  expect(JSON.parse(refused.lines[0])).toMatchObject({
    ...{ threads: 1, reason: "Node's permission model forbids workers", started: true, shared: false },
  });
  const allowed = await runNode([...options, "--allow-worker", writeProgram("allowed.mjs", `${multiply} console.log(info().threads);`)]);
  expect(allowed).toEqual({ code: 0, signal: null, lines: ["3"] });
}); // prettier-ignore

test.each(["esm", "cjs"] as const)("a bundle in one file (%s) has threads", async (format) => {
  const source = writeProgram("bundled.mjs", `(async () => { ${multiply} console.log(info().threads); })();`);
  writeFileSync(source, readFileSync(source, "utf8").replace(entry, resolve("dist/index.js").replaceAll("\\", "/")));
  const outfile = join(folder, `bundle.${format === "esm" ? "mjs" : "cjs"}`);
  const options = { bundle: true, minify: true, platform: "node", format, outfile, logLevel: "silent" } as const;
  await build({ ...options, entryPoints: [source], external: ["h5wasm", "fflate"] });
  expect(readFileSync(outfile, "utf8")).not.toMatch(/(from|import|require)\(?["']node:worker_threads/);
  expect(await runNode([outfile])).toEqual({ code: 0, signal: null, lines: ["3"] });
});

test("a short program starts no worker", async () => {
  const code = "const a = ones([64, 64]); scope(() => void matMul(a, a)); console.log(info().started);";
  expect((await runNode([writeProgram("short.mjs", code)])).lines).toEqual(["false"]);
}); // prettier-ignore

test("a backend that is used no more ends its workers", async () => {
  const program = `
    const original = process.getBuiltinModule.bind(process);
    let alive = 0;
    class Counted extends original("node:worker_threads").Worker {
      constructor(...args) { super(...args); alive++; this.on("exit", () => alive--); }
    }
    process.getBuiltinModule = (name) => (name === "node:worker_threads" ? { Worker: Counted } : original(name));
    async function use() { await init(); ${multiply} a.dispose(); }
    for (let turn = 0; turn < 3; turn++) await use();
    const most = alive;
    for (let turn = 0; alive > 2 && turn < 500; turn++) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)); }
    console.log(most, alive);`;
  const path = writeProgram("unused.mjs", program);
  expect(await runNode(["--expose-gc", path])).toEqual({ code: 0, signal: null, lines: ["6 2"] });
});
