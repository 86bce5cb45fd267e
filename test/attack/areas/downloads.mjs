// Models and weights from servers in all moods, with and without an abort.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { MobileNet } from "zoetrope";
import { loadModel, saveModel } from "zoetrope/formats";
import { moods } from "../downloads/moods.mjs";
import { Finding, must } from "../finding.mjs";
import { oneIn } from "../support/chance.mjs";
import { disposeModel, smallModel, weightBytesOf } from "../support/models.mjs";
import { makeSlowdown } from "../support/slowdown.mjs";
import { repository } from "../support/typescript.mjs";

/** @typedef {import("../support/chance.mjs").Chance} Chance */

/** How long a download may take whose server says nothing more, in milliseconds, and how soon an abort must end it. */
const [patience, promptly] = [100_000, 5000];
const slowdown = makeSlowdown();

export async function prepare(/** @type {import("../areas.mjs").Place} */ { folder }) {
  const model = await smallModel();
  const state = { mood: moods.good, chance: /** @type {any} */ (undefined), file: Buffer.alloc(0) };
  const server = createServer((request, answer) => {
    answer.shouldKeepAlive = false; // the next case may not be given a connection that is being closed after this one
    state.mood.answer(answer, state.file, state.chance, request);
  });
  server.on("clientError", (_, socket) => socket.destroy());
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const weights = join(repository, "test", "fixtures", "mobilenet_2_5_128_tf_no_top.h5.gz");
  return {
    ...{ state, server, model, address: `http://127.0.0.1:${port}/`, cache: join(folder, "cache", "zoetrope") },
    files: { model: Buffer.from(await saveModel(model)), weights: gunzipSync(readFileSync(weights)) },
    expected: await weightBytesOf(model),
  };
}

/** @returns {import("../areas.mjs").Case} */
export function makeCase(/** @type {Chance} */ chance, /** @type {any} */ shared) {
  const kind = oneIn(chance, 4) ? "weights" : "model";
  const name = chance.of(Object.keys(moods));
  const mood = moods[name];
  // Waiting for the deadline takes long: nearly always there is an abort.
  const aborts = mood.patient || (mood.endless ? !oneIn(chance, 30) : oneIn(chance, 4));
  const afterMs = aborts ? chance.below(400) : undefined;
  return {
    title: `${kind} from a server that is ${name}${aborts ? `, aborted after ${afterMs} ms` : ""}`,
    run: () => run(kind, mood, afterMs, chance, shared),
  };
}

async function run(/** @type {"model" | "weights"} */ kind, /** @type {import("../downloads/moods.mjs").Mood} */ mood, /** @type {number | undefined} */ afterMs, /** @type {Chance} */ chance, /** @type {any} */ shared) {
  Object.assign(shared.state, { mood, chance, file: shared.files[kind] });
  rmSync(shared.cache, { recursive: true, force: true });
  const controller = new AbortController();
  const reason = new Error("aborted by the case");
  const timer = afterMs !== undefined && setTimeout(() => controller.abort(reason), afterMs);
  const limit = slowdown() * (afterMs === undefined ? patience : afterMs + promptly);
  try {
    await within(limit, afterMs, download(kind, mood, controller.signal, shared));
  } catch (error) {
    if (error === reason) return;
    if (mood.good && afterMs === undefined) throw new Finding("lost", `a good server was refused: ${error}`, error);
    throw error;
  } finally {
    clearTimeout(timer || undefined);
    shared.server.closeAllConnections();
    checkCache(shared, mood);
  }
} // prettier-ignore

/** @throws Finding where a promise takes longer. */
async function within(/** @type {number} */ ms, /** @type {number | undefined} */ afterMs, /** @type {Promise<void>} */ promise) {
  let timer;
  const passed = new Promise((_, reject) => {
    const why = afterMs === undefined ? "a download has no end" : "an abort does not end a download";
    timer = setTimeout(() => reject(new Finding("hung", `${why}: ${ms} ms`)), ms);
  });
  try {
    await Promise.race([promise, passed]);
  } finally {
    clearTimeout(timer);
  }
} // prettier-ignore

async function download(/** @type {"model" | "weights"} */ kind, /** @type {any} */ mood, /** @type {AbortSignal} */ signal, /** @type {any} */ shared) {
  if (kind === "weights") {
    const options = { alpha: 0.25, inputShape: [128, 128, 3], includeTop: false, weightsUrl: shared.address, signal };
    return disposeModel(await MobileNet(options));
  }
  const model = await loadModel(`${shared.address}model.safetensors`, { signal });
  try {
    must(mood.changes || shared.expected.equals(await weightBytesOf(model)), "lost", "a model with other weights than the server has was loaded without a word");
  } finally {
    disposeModel(model);
  }
} // prettier-ignore

/** @throws Finding where the cache holds anything but the whole file, and its digest. */
function checkCache(/** @type {any} */ { cache, files }, /** @type {any} */ { changes }) {
  const digest = createHash("sha256").update(files.weights).digest("hex");
  for (const name of existsSync(cache) ? readdirSync(cache) : []) {
    must(!name.endsWith(".part"), "growth", `a part is left in the cache: ${name}`);
    const content = readFileSync(join(cache, name));
    const isRight = name.endsWith(".sha256") ? content.toString().includes(digest) : content.equals(files.weights);
    must(changes || isRight, "lost", `the cache holds what is not the server's: ${name}`);
  }
}
