// The table of file formats: each row recognizes its own files, and no more of a file is read than is needed.
import { beforeEach, expect, test, vi } from "vitest";
import { loadModel, readMetadata, saveModel, saveWeights } from "../../src/formats/index.js";
import type { Format } from "../../src/formats/format.js";
import { SourceFile } from "../../src/formats/sourceFile.js";
import { formats, readerOf } from "../../src/formats/table.js";
import { clearNames, setSeed } from "../../src/index.js";
import { film, line } from "../support/cases/keptModels.js";

beforeEach(() => {
  clearNames();
  setSeed(1);
});

const rows: readonly Format[] = formats;
const texts = { classes: JSON.stringify(["left", "right"]), note: "é" };
const headerEnd = (bytes: Uint8Array): number => 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);

/** Bytes as a stream in pieces of a size; counts the pieces that were read, and whether the stream was cancelled. */
function streamOf(bytes: Uint8Array, size: number) {
  const seen = { pieces: 0, cancelled: false };
  let place = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.pieces++;
        controller.enqueue(bytes.subarray(place, place + size));
        place += size;
        if (place >= bytes.length) controller.close();
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, seen };
}

test("each file is recognized by one row, that of its format", async () => {
  const files: Record<string, Uint8Array> = {
    safetensors: await saveModel(film()),
    keras: await saveModel(film(), undefined, { format: "keras" }),
    "weights.h5": await saveWeights(film(), undefined, { format: "weights.h5" }),
    json: new TextEncoder().encode('\n{ "modelTopology": {} }'),
  };
  expect(Object.keys(files).sort()).toEqual(rows.flatMap(({ name, reader }) => (reader ? [name] : [])).sort());
  for (const [name, bytes] of Object.entries(files)) {
    const start = bytes.subarray(0, 8);
    expect(rows.filter(({ reader }) => reader?.recognizes(start)).map((row) => row.name)).toEqual([name]);
    expect(await readerOf(new SourceFile("loadModel", "here", bytes, () => Promise.reject(new Error()), {}))).toBe(
      rows.find((row) => row.name === name)!.reader,
    );
  }
});

test("metadata is read from the header only, and the rest of the stream is cancelled", async () => {
  const bytes = await saveModel(film(), undefined, { metadata: texts });
  const size = 256;
  const { stream, seen } = streamOf(bytes, size);
  expect(await readMetadata(stream)).toEqual(texts);
  expect(seen).toEqual({ pieces: Math.ceil(headerEnd(bytes) / size), cancelled: true });
  expect(seen.pieces).toBeLessThan(Math.floor(bytes.length / size));
});

test("metadata is read from a file whose weights are missing or broken; a model is not", async () => {
  const bytes = await saveModel(film(), undefined, { metadata: texts });
  const cut = bytes.slice(0, headerEnd(bytes));
  const broken = bytes.slice().fill(0xff, headerEnd(bytes));
  for (const wrong of [cut, broken]) {
    expect(await readMetadata(wrong)).toEqual(texts);
    expect(await readMetadata(new Blob([wrong]))).toEqual(texts);
    await expect(loadModel(wrong)).rejects.toThrow("loadModel: the file");
  }
});

test("of formats without metadata readMetadata reads only the first bytes", async () => {
  const { stream, seen } = streamOf(await saveModel(film(), undefined, { format: "keras" }), 8);
  expect(await readMetadata(stream)).toEqual({});
  expect(seen).toEqual({ pieces: 1, cancelled: true });
});

test("loadModel gives the model with its metadata, and reads and parses the file once", async () => {
  const bytes = await saveModel(line(), undefined, { metadata: texts });
  const { stream, seen } = streamOf(bytes, 100);
  const parse = vi.spyOn(JSON, "parse");
  const model = await loadModel(stream);
  const headers = parse.mock.calls.filter(([text]) => text.startsWith('{"__metadata__'));
  parse.mockRestore();
  expect(headers).toHaveLength(1);
  expect(seen).toEqual({ pieces: Math.ceil(bytes.length / 100), cancelled: false });
  expect(model.metadata).toEqual(texts);
  expect(Object.isFrozen(model.metadata)).toBe(true);
});

test("metadata is saved again only where it is given again, and is empty where there is none", async () => {
  const model = await loadModel(await saveModel(line(), undefined, { metadata: texts }));
  const again = await loadModel(await saveModel(model, undefined, { metadata: model.metadata }));
  expect(again.metadata).toEqual(texts);
  expect((await loadModel(await saveModel(again))).metadata).toEqual({});
  await expect(saveModel(model, undefined, { format: "keras", metadata: model.metadata })).rejects.toThrow(
    "saveModel: a keras file has no place for metadata; use safetensors.",
  );
  const fromKeras = await loadModel(await saveModel(model, undefined, { format: "keras", metadata: {} }));
  expect(fromKeras.metadata).toEqual({});
});

test("maxBytes limits what is read, and 0 is a limit too", async () => {
  const bytes = await saveModel(line());
  for (const maxBytes of [0, 10]) {
    const load = loadModel(new Blob([bytes]), { maxBytes });
    await expect(load).rejects.toThrow(`loadModel: the file: is longer than the limit of ${maxBytes}.`);
  }
  await loadModel(new Blob([bytes]), { maxBytes: bytes.length });
});
