// node bench/threads.mjs [options]
// Times calls with one thread and with several, in turns in one process, so that what slows the machine slows both. The ratios are those of
// the best times and of the medians; on a machine that computes other things too, the best are nearer to the truth.
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { createWasmBackend } from "../dist/backends/wasm/index.js";
import * as zoetrope from "../dist/index.js";
import { buildOptions, buildUsage, prepareBuild } from "./builds.mjs";
import { modelCases } from "./cases/models.mjs";
import { median } from "./measure.mjs";
import { randomArray } from "./random.mjs";
import { writeResults } from "./results.mjs";

const usage = `usage: node bench/threads.mjs [options]
  --threads N,M,...      how many are compared with one, by default 2
  --seconds S            how long each case takes, 10 by default
${buildUsage}
  --only NAME            the cases whose names contain NAME
  --json FILE            also writes the results into FILE`;

const text = { type: "string" };
const { values } = parseArgs({
  options: {
    ...buildOptions,
    threads: { ...text, default: "2" },
    seconds: { ...text, default: "10" },
    only: { ...text, default: "" },
    json: text,
    help: { type: "boolean" },
  },
});
if (values.help) {
  console.log(usage);
  process.exit();
}
const counts = [1, ...values.threads.split(",").map(Number)];
if (!counts.every((count) => count >= 1)) throw new Error(`--threads ${values.threads}; expected numbers from 1.`);
const options = prepareBuild(values);

/** A case whose call is some work on tensors, repeated so that a sample takes about a millisecond or more. */
const work = (name, repeat, make) => ({
  name,
  async start() {
    const { inputs, run } = make();
    return {
      run: async () => {
        for (let i = 0; i < repeat; i++) zoetrope.scope(() => void run());
      },
      stop: () => inputs.forEach((x) => x.dispose()),
    };
  },
});

const tensorOf = (shape) => {
  const { data } = randomArray(shape);
  return zoetrope.tensor(data, shape);
};

const product = (m, k, n, repeat) =>
  work(`gemm ${m} ${k} ${n}`, repeat, () => {
    const inputs = [tensorOf([m, k]), tensorOf([k, n])];
    return { inputs, run: () => zoetrope.matMul(...inputs) };
  });

const sums = (elements, repeat) =>
  work(`add ${elements}`, repeat, () => {
    const inputs = [tensorOf([elements]), tensorOf([elements])];
    return { inputs, run: () => zoetrope.add(...inputs) };
  });

const cases = [
  product(512, 512, 512, 1),
  product(128, 128, 128, 20),
  product(64, 128, 128, 40),
  product(1, 1024, 1024, 20),
  sums(2 ** 14, 100),
  sums(2 ** 16, 50),
  sums(2 ** 20, 2),
  ...modelCases,
].filter(({ name }) => name.includes(values.only));

const backends = counts.map((threads) => createWasmBackend({ ...options, threads }));

/** Lets each backend start its workers. */
async function startWorkers() {
  for (const backend of backends) {
    await zoetrope.setBackend(backend);
    const a = tensorOf([512, 512]);
    for (let turn = 0; turn < 1000 && !zoetrope.info().started; turn++) {
      zoetrope.scope(() => void zoetrope.matMul(a, a));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    a.dispose();
    console.log(`${zoetrope.info().threads} threads, started: ${zoetrope.info().started}`);
  }
}

async function measureCase({ name, start }) {
  const calls = [];
  for (const backend of backends) {
    await zoetrope.setBackend(backend);
    calls.push(await start({ zoetrope }));
  }
  const ms = counts.map(() => []);
  const began = performance.now();
  for (let round = 0; round < 4 || performance.now() - began < Number(values.seconds) * 1000; round++) {
    for (const [i, { run }] of calls.entries()) {
      await zoetrope.setBackend(backends[i]);
      const start = performance.now();
      await run();
      if (round > 0) ms[i].push(performance.now() - start); // the first warms up
    }
  }
  for (const [i, { stop }] of calls.entries()) {
    await zoetrope.setBackend(backends[i]);
    stop();
  }
  const best = ms.map((list) => Math.min(...list));
  const middle = ms.map(median);
  const row = {
    name,
    oneMs: best[0],
    speedup: counts.slice(1).map((threads, i) => ({
      threads,
      best: best[0] / best[i + 1],
      median: middle[0] / middle[i + 1],
      samples: ms[i + 1].length,
    })),
  };
  const parts = row.speedup.map(
    ({ threads, best, median }) => `${threads} threads: x ${best.toFixed(2)} (median ${median.toFixed(2)})`,
  );
  console.log(`${name.padEnd(24)} ${best[0].toFixed(2).padStart(9)} ms   ${parts.join("   ")}`);
  return row;
}

console.log(
  `Node ${process.version}, ${cpus()[0].model}, ${cpus().length} processors, load ${loadavg()[0].toFixed(1)}`,
);
await startWorkers();
const results = [];
for (const each of cases) results.push(await measureCase(each));
if (values.json) writeResults(values.json, "node bench/threads.mjs", { load: loadavg()[0], results });
