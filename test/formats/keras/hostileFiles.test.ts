// Malicious files in the formats of Keras (test/fixtures/hostile_h5.py, and archives made here): each is a typed error, and soon.
import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { FileError } from "../../../src/errors.js";
import { loadModel, loadWeights, saveModel } from "../../../src/formats/index.js";
import { readZip, writeZip } from "../../../src/formats/zip.js";
import { clearNames, memory } from "../../../src/index.js";
import { line } from "../../support/cases/keptModels.js";

beforeEach(() => clearNames());

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error: Error = await attempt.then(() => expect.unreachable(), (reason) => reason); // prettier-ignore
  expect(error).toBeInstanceOf(FileError);
  expect(error.message).not.toContain("\n");
  return error.message;
}

describe("HDF5", () => {
  test.each([
    ["external_link", /"\/layers" is a link, which is not allowed/],
    ["soft_link", /"\/layers" is a link/],
    ["link_to_itself", /"\/layers" is a link/],
    ["group_in_itself", /deeper than \d+ levels/],
    ["data_elsewhere", /cannot be read/],
    ["virtual", /put together from other datasets/],
    ["shape_bomb", /"\/0" claims to/],
    ["contiguous_bomb", /"\/0" claims to/],
    ["chunk_bomb", /"\/1" claims/],
    ["many_names", /claims to/],
    ["fan", /more than \d+ groups|takes too long/],
    ["deep", /deeper than \d+ levels|takes too long/],
    ["no_numbers", /something else than numbers/],
    ["texts", /something else than numbers/],
    ["other_numbers", /something else than numbers/],
    ["header_loop", /./],
  ])("%s", async (name, message) => {
    const bytes = readFileSync(new URL(`../../fixtures/hostile/${name}.h5`, import.meta.url));
    expect(await refusal(loadWeights(line(), bytes))).toMatch(message);
  });
});

// ── archives ────────────────────────────────────────────────────────────────────────────────────────────────────────────

type Parts = Record<string, Uint8Array>;
const encode = (text: string) => new TextEncoder().encode(text);

/** A good `.keras` file's members, some changed. */
async function archive(change: (parts: Parts, config: string) => Parts): Promise<Uint8Array> {
  const good = await saveModel(line(), undefined, { format: "keras" });
  const names = { "config.json": Infinity, "metadata.json": Infinity, "model.weights.h5": Infinity };
  const parts: Parts = Object.fromEntries(await readZip("good", good, names));
  return writeZip("bad", { ...parts, ...change(parts, new TextDecoder().decode(parts["config.json"])) });
}

/** One member, of which the directory may claim another size. */
function deflated(name: string, content: Uint8Array, claimed = content.length, times = 1): Uint8Array {
  const [packed, path] = [deflateRawSync(content), Buffer.from(name)];
  const fields = (head: number[], place?: number) => {
    const block = Buffer.alloc(place === undefined ? 30 : 46);
    const at = place === undefined ? 0 : 2;
    block.writeUInt32LE(place === undefined ? 0x04034b50 : 0x02014b50, 0);
    head.forEach((value, i) => block.writeUInt16LE(value, 4 + at + 2 * i));
    block.writeUInt32LE(packed.length, 18 + at);
    block.writeUInt32LE(claimed, 22 + at);
    block.writeUInt16LE(path.length, 26 + at);
    if (place !== undefined) block.writeUInt32LE(place, 42);
    return Buffer.concat([block, path]);
  };
  const member = Buffer.concat([fields([20, 0, 8]), packed]);
  const entries = Array.from({ length: times }, () => fields([20, 0, 8], 0));
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(times, 8);
  end.writeUInt16LE(times, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(member.length, 16);
  return new Uint8Array(Buffer.concat([member, directory, end]));
}

describe("archives", () => {
  const zeros = new Uint8Array(2 ** 26);
  test.each<[string, () => Uint8Array | Promise<Uint8Array>, RegExp]>([
    ["a bomb that says so", () => deflated("model.weights.h5", zeros), /claim 67108864 bytes, more than the limit/],
    ["a bomb that lies", () => deflated("model.weights.h5", zeros, 100), /longer than the 100 bytes that it claims/],
    ["one member many times", () => deflated("model.weights.h5", new Uint8Array(9), 9, 3), /damaged|twice/],
    [
      "more members than bytes",
      () => deflated("config.json", new Uint8Array(2 ** 20), 2 ** 20, 999),
      /claim 1047527424 bytes/,
    ],
    [
      "a long config",
      () => deflated("config.json", new Uint8Array(2 ** 24)),
      /claims 16777216 bytes, more than the limit of 8388608/,
    ],
    ["a path upwards", () => deflated("../config.json", encode("{}")), /holds no config.json/],
    ["a path with a dot", () => deflated("./config.json", encode("{}")), /holds no config.json/],
    ["no weights", () => archive(() => ({ "model.weights.h5": new Uint8Array() })), /no HDF5 file/],
    ["endless nesting", () => archive(() => ({ "config.json": encode("[".repeat(1e5)) })), /config.json is broken/],
    [
      "deep nesting",
      () =>
        archive((_, text) => ({
          "config.json": encode(text.replace('"units":2', `"units":${"[".repeat(500)}${"]".repeat(500)}`)),
        })),
      /nested deeper than 100/,
    ],
    [
      "a reach for prototypes",
      () => archive((_, text) => ({ "config.json": encode(text.replace('"units"', '"__proto__":{"a":1},"units"')) })),
      /key "__proto__" is not allowed/,
    ],
    [
      "code",
      () =>
        archive((_, text) => ({
          "config.json": encode(text.replaceAll('"class_name":"Dense"', '"class_name":"Lambda"')),
        })),
      /Lambda/,
    ],
    [
      "code of a module",
      () =>
        archive((_, text) => ({
          "config.json": encode(
            text
              .replaceAll('"class_name":"Dense"', '"class_name":"system"')
              .replaceAll('"module":"keras.layers"', '"module":"os"'),
          ),
        })),
      /system/,
    ],
    [
      "more weights than there are",
      () => archive((_, text) => ({ "config.json": encode(text.replaceAll('"units":2', '"units":1000000')) })),
      /more weights than the file holds/,
    ],
    [
      "units beyond numbers",
      () => archive((_, text) => ({ "config.json": encode(text.replaceAll('"units":2', '"units":1e300')) })),
      /units|more weights/,
    ],
  ])("%s", async (_, make, message) => {
    const bytes = await make();
    const before = memory().buffers;
    expect(await refusal(loadModel(bytes))).toMatch(message);
    expect(memory().buffers).toBe(before);
  });

  test("a setting in the file that would allow more", async () => {
    const bytes = await archive((_, text) => ({
      "config.json": encode(text.replaceAll('"class_name":"Dense"', '"class_name":"Lambda","safe_mode":false')),
    }));
    expect(await refusal(loadModel(bytes))).toMatch(/Lambda/);
  });

  test("models in models that each call the one inside twice", async () => {
    const tensor = (layer: string, node: number) => ({
      class_name: "__keras_tensor__",
      config: { shape: [null, 2], dtype: "float32", keras_history: [layer, node, 0] },
    });
    const input = {
      class_name: "InputLayer",
      name: "in",
      config: { batch_shape: [null, 2], name: "in" },
      inbound_nodes: [],
    };
    let inner: any = { class_name: "Dense", config: { units: 2, name: "l" } };
    for (let depth = 0; depth < 20; depth++) {
      const inbound_nodes = [tensor("in", 0), tensor("l", 0)].map((x) => ({ args: [x], kwargs: {} }));
      const layers = [input, { ...inner, name: "l", inbound_nodes }];
      // Of a model Keras counts its own graph as the first call.
      const output_layers = [["l", depth === 0 ? 1 : 2, 0]];
      const config = { name: "l", layers, input_layers: [["in", 0, 0]], output_layers };
      inner = { class_name: "Functional", config };
    }
    const bytes = await archive(() => ({ "config.json": encode(JSON.stringify(inner)) }));
    expect(await refusal(loadModel(bytes))).toMatch(/one call comes to \d+ calls|nested deeper/);
  });
});
