// Good files of every kind, and how a changed one is made and read.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadModel, loadWeights, saveModel, saveWeights } from "../../../src/formats/index.js";
import { asFileErrors, buildModel } from "../../../src/formats/build.js";
import { fromKerasConfig } from "../../../src/formats/keras/config/kerasConfig.js";
import { fromJson } from "../../../src/formats/json.js";
import { removeRepeats } from "../../../src/formats/tfjs/topology.js";
import { readZip, writeZip } from "../../../src/formats/zip.js";
import {
  Adam,
  BatchNormalization,
  Bidirectional,
  Concatenate,
  Conv2D,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  GRU,
  Input,
  LSTM,
  Model,
  type ModelLayer,
  Sequential,
} from "../../../src/index.js";
import { classes, clips, film } from "../cases/keptModels.js";
import { type Chance, mutatedBytes, mutatedJson } from "./mutate.js";

/** Reads what `change` makes of the good files; a model for those that can still be read. */
export interface Format {
  readonly name: string;
  /** How many changed files are read, 300 by default. */
  readonly tries?: number;
  /** A model that files are read into. */
  readonly lasting?: ModelLayer;
  /** How many bytes the file has, and a function that reads it. */
  mutate(chance: Chance): Promise<{ bytes: number; read: () => Promise<ModelLayer> }>;
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function trained(): Promise<ModelLayer> {
  const model = film();
  model.compile({ optimizer: Adam({ learningRate: 1e-3 }), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  await model.trainOnBatch(clips, classes);
  return model;
}

function words(): ModelLayer {
  const text = Input({ shape: [4] });
  const x = Embedding({ inputDim: 5, outputDim: 2 })(text);
  const y = Bidirectional(LSTM({ units: 2, returnSequences: true }))(x);
  const ends = [GRU({ units: 2 })(y), Dense({ units: 2 })(Flatten()(x))];
  return Model({ inputs: text, outputs: Dense({ units: 1 })(Dropout({ rate: 0.5 })(Concatenate()(ends))) });
}

const pictures = (): ModelLayer =>
  Sequential([Input({ shape: [4, 4, 1] }), Conv2D({ filters: 2, kernelSize: 3 }), BatchNormalization(), Flatten(), Dense({ units: 2 })]); // prettier-ignore

const models = async () => [await trained(), words(), pictures()];

// ── the formats ─────────────────────────────────────────────────────────────────────────────────────────────────────────

async function safetensors(): Promise<Format> {
  const files = await Promise.all((await models()).map((model) => saveModel(model)));
  const withHeader = (bytes: Uint8Array, change: (header: any) => string): Uint8Array => {
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    const header = encode(change(JSON.parse(decode(bytes.subarray(8, 8 + length)))));
    const beginning = new Uint8Array(8);
    new DataView(beginning.buffer).setBigUint64(0, BigInt(header.length), true);
    return new Uint8Array(Buffer.concat([beginning, header, bytes.subarray(8 + length)]));
  };
  return {
    name: "safetensors",
    mutate: async (chance) => {
      const good = chance.of(files);
      const kind = chance.below(4);
      const inMetadata = (header: any) => {
        const key = chance.of(
          Object.keys(header.__metadata__).filter((name) => /^[[{]/.test(header.__metadata__[name])),
        );
        header.__metadata__[key] = mutatedJson(JSON.parse(header.__metadata__[key]), chance);
        return JSON.stringify(header);
      };
      const headerLength = 8 + Number(new DataView(good.buffer).getBigUint64(0, true));
      const bytes =
        kind === 0
          ? mutatedBytes(good, chance, [0, headerLength])
          : kind === 1
            ? withHeader(good, (header) => mutatedJson(header, chance))
            : withHeader(good, inMetadata);
      return { bytes: bytes.length, read: () => loadModel(bytes, { onWarning() {} }) };
    },
  };
}

const members = { "config.json": Infinity, "metadata.json": Infinity, "model.weights.h5": Infinity };

/** The archive and its JSON; what HDF5 has inside is the last format's. */
async function keras(): Promise<Format> {
  const files = await Promise.all((await models()).map((model) => saveModel(model, undefined, { format: "keras" })));
  return {
    name: "keras",
    tries: 200,
    mutate: async (chance) => {
      const good = chance.of(files);
      const parts = Object.fromEntries(await readZip("good", good, members));
      const changed = async () => {
        const name = chance.below(8) === 0 ? "metadata.json" : "config.json";
        return writeZip("bad", { ...parts, [name]: encode(mutatedJson(JSON.parse(decode(parts[name])), chance)) });
      };
      const bytes =
        chance.below(4) === 0 ? mutatedBytes(good, chance, [good.length - 300, good.length]) : await changed();
      return { bytes: bytes.length, read: () => loadModel(bytes, { onWarning() {} }) };
    },
  };
}

/** Architectures without weights: of Keras 3, Keras 2 and this package. */
async function configs(): Promise<Format> {
  const kept = await Promise.all((await models()).map((model) => saveModel(model, undefined, { format: "keras" })));
  const zips = await Promise.all(kept.map((bytes) => readZip("good", bytes, members)));
  const keras3 = zips.map((zip) => JSON.parse(decode(zip.get("config.json")!)) as unknown);
  const keras2 = tfjsNames.map((name) =>
    removeRepeats((JSON.parse(readFileSync(`${tfjsFolder}${name}/model.json`, "utf8")) as any).modelTopology),
  );
  const own = (await models()).map(
    (model) => JSON.parse(JSON.stringify({ className: model.className, config: model.getConfig() })) as unknown,
  );
  return {
    name: "configs",
    mutate: async (chance) => {
      const [kind, list] = chance.of([["keras", keras3], ["keras", keras2], ["own", own]] as const); // prettier-ignore
      const text = mutatedJson(chance.of(list), chance);
      const limit = 1e5;
      return {
        bytes: text.length,
        read: async () => {
          return asFileErrors("loadModel: test", () => {
            const json = fromJson(text);
            return buildModel((kind === "own" ? json : fromKerasConfig("loadModel: test", json).model) as never, limit);
          });
        },
      };
    },
  };
}

const tfjsFolder = fileURLToPath(new URL("../../fixtures/tfjs/", import.meta.url));
const tfjsNames = readdirSync(tfjsFolder).filter((name) => !name.endsWith(".json"));

async function tfjs(): Promise<Format> {
  const good = tfjsNames.map((name) => {
    const files = readdirSync(tfjsFolder + name);
    return new Map(files.map((file) => [file, new Uint8Array(readFileSync(`${tfjsFolder}${name}/${file}`))]));
  });
  return {
    name: "tfjs",
    mutate: async (chance) => {
      const files: Map<string, Uint8Array<ArrayBuffer>> = new Map(chance.of(good));
      const main = files.get("model.json")!;
      const json = JSON.parse(decode(main)) as any;
      const kind = chance.below(8);
      const text = kind < 2 ? withManifest(json, mutatedJson(json.weightsManifest, chance)) : mutatedJson(json, chance);
      if (kind < 6) files.set("model.json", encode(text));
      else if (kind === 6) files.set("model.json", mutatedBytes(main, chance));
      else {
        const shard = chance.of([...files.keys()].filter((name) => name !== "model.json"));
        files.set(shard, mutatedBytes(files.get(shard)!, chance));
      }
      return {
        bytes: [...files.values()].reduce((sum, { length }) => sum + length, 0),
        read: () => loadModel(files, { onWarning() {} }),
      };
    },
  };
}

/** The text of model.json with another one in place of its list of weights, nested as deep as it may be. */
function withManifest(json: any, manifest: string): string {
  const place = "the list of weights";
  return JSON.stringify({ ...json, weightsManifest: place }).replace(JSON.stringify(place), () => manifest);
}

/** Weights into a model that is there, and whole models in a `.keras` file. */
async function hdf5(): Promise<Format> {
  const model = await trained();
  const files = await Promise.all([
    saveWeights(model, undefined, { format: "weights.h5" }),
    saveModel(model, undefined, { format: "keras" }),
  ]);
  const parts = Object.fromEntries(await readZip("good", files[1], members)) as Record<string, Uint8Array<ArrayBuffer>>;
  return {
    name: "hdf5",
    tries: 20,
    lasting: model,
    mutate: async (chance) => {
      if (chance.below(2) === 0) {
        const bytes = mutatedBytes(files[0], chance);
        return { bytes: bytes.length, read: async () => (await loadWeights(model, bytes), model) };
      }
      const bytes = await writeZip("bad", {
        ...parts,
        "model.weights.h5": mutatedBytes(parts["model.weights.h5"], chance),
      });
      return { bytes: bytes.length, read: () => loadModel(bytes, { onWarning() {} }) };
    },
  };
}

export const formats = { safetensors, keras, configs, tfjs, hdf5 };
