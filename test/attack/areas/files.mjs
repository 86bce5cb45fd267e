// Model files that were changed: by the mutations of the tests, and within the structures of each format.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { loadModel, loadWeights, readMetadata, saveModel } from "zoetrope/formats";
import { Finding, must } from "../finding.mjs";
import { oddHdf5 } from "../files/hdf5.mjs";
import { oddJson } from "../files/json.mjs";
import { oddSafetensors } from "../files/safetensors.mjs";
import { oddArchive, plainArchive } from "../files/zip.mjs";
import { oneIn } from "../support/chance.mjs";
import { disposeModel, smallModel, weightBytesOf, weightsAreSound } from "../support/models.mjs";
import { importTypeScript, repository } from "../support/typescript.mjs";

/** @typedef {import("../support/chance.mjs").Chance} Chance */

const fixtures = join(repository, "test", "fixtures");

/** Files that real Keras wrote, by their endings. */
function kerasFiles(/** @type {string} */ ending) {
  return ["keras", "tf_keras"].flatMap((folder) =>
    readdirSync(join(fixtures, folder))
      .filter((name) => name.endsWith(`${ending}.gz`))
      .map((name) => new Uint8Array(gunzipSync(readFileSync(join(fixtures, folder, name))))),
  );
}

/** Models of TensorFlow.js, each as its files by name. */
function tfjsModels() {
  const root = join(fixtures, "tfjs");
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => new Map(readdirSync(join(root, name)).map((file) => [file, new Uint8Array(readFileSync(join(root, name, file)))]))); // prettier-ignore
}

export async function prepare() {
  const { formats } = await importTypeScript("test/support/hostile/formats.ts");
  /** @type {Record<string, any>} */
  const mutated = {};
  for (const [name, make] of Object.entries(formats)) mutated[name] = await make();
  const lasting = await smallModel();
  const { readZip } = await import("../../../dist/formats/zip.js");
  const members = { "config.json": Infinity, "metadata.json": Infinity, "model.weights.h5": Infinity };
  const archives = await Promise.all(kerasFiles(".keras").map((bytes) => readZip("good", bytes, members)));
  const first = await saveModel(lasting);
  return {
    mutated,
    lasting,
    safetensors: [first, await saveModel(mutated.hdf5.lasting)],
    archives: archives.map((archive) => Object.fromEntries(archive)),
    hdf5: [...kerasFiles(".h5"), ...hostileFiles()],
    tfjs: tfjsModels(),
    peak: 0,
  };
}

const hostileFiles = () =>
  readdirSync(join(fixtures, "hostile")).map((name) => new Uint8Array(readFileSync(join(fixtures, "hostile", name))));

const parsed = (/** @type {Uint8Array} */ bytes) => JSON.parse(Buffer.from(bytes).toString());

/** One of the ways to make a file: its bytes, or the files of a model by name. @type {Record<string, (chance: Chance, shared: any) => { title: string, bytes?: Uint8Array, files?: Map<string, Uint8Array> }>} */
const families = {
  safetensors: (chance, { safetensors }) => oddSafetensors(chance.of(safetensors), chance),
  archive: (chance, { archives }) => oddArchive(chance.of(archives), chance),
  config(chance, { archives }) {
    const contents = chance.of(archives);
    const { text, title } = oddJson(parsed(contents["config.json"]), chance);
    return { bytes: plainArchive({ ...contents, "config.json": Buffer.from(text) }), title: `config.json: ${title}` };
  },
  hdf5: (chance, { hdf5 }) => oddHdf5(chance.of(hdf5), chance),
  tfjs(chance, { tfjs }) {
    const files = new Map(chance.of(tfjs));
    const { text, title } = oddJson(parsed(files.get("model.json")), chance);
    files.set("model.json", new Uint8Array(Buffer.from(text)));
    if (oneIn(chance, 8)) files.delete(chance.of([...files.keys()]));
    return { files, title: `model.json: ${title}` };
  },
};

/** Reads a file in the ways that there are; gives a model where it holds one. */
async function read(/** @type {any} */ source, /** @type {Chance} */ chance, /** @type {any} */ shared) {
  const way = chance.below(8);
  if (way === 0) {
    await loadWeights(shared.lasting, source, { byName: oneIn(chance, 2), skipMismatch: oneIn(chance, 2) });
    return undefined;
  }
  if (way === 1 && !(source instanceof Map)) {
    await readMetadata(source);
    return undefined;
  }
  return loadModel(source, { compile: !oneIn(chance, 4) });
} // prettier-ignore

/** What reading may take in megabytes, beside what files hold: workers for HDF5, and what the limits of archives allow. */
const megabytes = 700;

/** @throws Finding where reading took far more memory than there is in the file. */
function checkMemory(/** @type {any} */ shared, /** @type {number} */ bytes) {
  const peak = process.resourceUsage().maxRSS / 1024;
  const before = shared.peak || peak;
  shared.peak = peak;
  must(peak - before < megabytes + (20 * bytes) / 2 ** 20, "growth", `reading ${bytes} bytes took ${Math.round(peak - before)} MB`); // prettier-ignore
}

/** @returns {Promise<import("../areas.mjs").Case>} */
export async function makeCase(/** @type {Chance} */ chance, /** @type {any} */ shared) {
  if (oneIn(chance, 3)) return ofTheTests(chance, shared);
  const name = chance.of([...Object.keys(families), "safetensors", "tfjs", "config"]);
  const { title, bytes, files } = families[name](chance, shared);
  const size = bytes?.length ?? [...(files?.values() ?? [])].reduce((sum, { length }) => sum + length, 0);
  return {
    title: `${name}: ${title}`,
    run: () => checked(shared, size, () => read(bytes ?? files, chance, shared)),
  };
}

async function ofTheTests(/** @type {Chance} */ chance, /** @type {any} */ shared) {
  const name = chance.of(
    Object.keys(shared.mutated).flatMap((each) => (each === "hdf5" ? [each] : [each, each, each])),
  );
  const format = shared.mutated[name];
  const { bytes, read: readIt } = await format.mutate(chance);
  return { title: `${name}, mutated`, run: () => checked(shared, bytes, readIt, format.lasting) };
}

/** Reads a file, and checks the model that it gives and the one that it may not have changed. */
async function checked(/** @type {any} */ shared, /** @type {number} */ size, /** @type {() => Promise<any>} */ readIt, /** @type {any} */ lasting) {
  const before = await weightBytesOf(shared.lasting);
  let model;
  try {
    model = await readIt();
    if (model) await weightsAreSound(model);
  } catch (error) {
    const after = await weightBytesOf(shared.lasting);
    if (!before.equals(after)) throw new Finding("lost", "a refused file has changed the weights of a model", error);
    throw error;
  } finally {
    if (model && model !== lasting) disposeModel(model);
  }
  checkMemory(shared, size);
} // prettier-ignore
