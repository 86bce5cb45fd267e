// Saving and loading models: what is loaded equals what was saved, and broken files are refused.
import { spawn } from "node:child_process";
import { promises as files, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { gzipSync } from "node:zlib";
import { Readable } from "node:stream";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  type DownloadProgress,
  loadModel,
  loadWeights,
  readMetadata,
  readSafetensors,
  saveModel,
  saveWeights,
} from "../../src/formats/index.js";
import {
  Adam,
  AdamW,
  Bidirectional,
  BinaryAccuracy,
  CategoricalCrossentropy,
  clearNames,
  Dense,
  Dropout,
  GaussianNoise,
  GRUCell,
  huber,
  Input,
  LSTM,
  LSTMCell,
  Model,
  ModelCheckpoint,
  type ModelLayer,
  multiply,
  Optimizer,
  type OptimizerOptions,
  RMSprop,
  RNN,
  Sequential,
  setSeed,
  SGD,
  square,
  subtract,
  type Tensor,
} from "../../src/index.js";
import { numbers } from "../support/cases/case.js";
import { classes, clips, film, heights, line, points, weightsOf } from "../support/cases/keptModels.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("formats");
const path = (name: string) => join(folder, name);
beforeEach(() => {
  clearNames();
  setSeed(1);
});

// ── round trips ───────────────────────────────────────────────────────────────────────────────────────────────────────────

test("metadata is saved with a model, and may not use the names that the file reserves", async () => {
  const metadata = { classes: JSON.stringify(["left", "right"]), "": "é" };
  const bytes = await saveModel(line(), undefined, { metadata });
  expect(await readMetadata(bytes)).toEqual(metadata);
  expect(await readMetadata(await saveModel(line()))).toEqual({});
  expect((await loadModel(bytes)).layers.length).toBe(line().layers.length);
  await saveModel(line(), path("own.safetensors"), { metadata });
  expect(await readMetadata(path("own.safetensors"))).toEqual(metadata);
  for (const name of ["format", "version", "model", "training", "streams"]) {
    await expect(saveModel(line(), undefined, { metadata: { [name]: "" } })).rejects.toThrow(
      `saveModel: metadata "${name}" is a name of the file's own`,
    );
  }
  const wrong = { metadata: { classes: ["left"] } } as never;
  await expect(saveModel(line(), undefined, wrong)).rejects.toThrow('metadata "classes" is object; expected a text');
  await expect(saveModel(line(), undefined, { metaData: {} } as never)).rejects.toThrow('did you mean "metadata"?');
});

test("a loaded model has the same architecture, names, weights and predictions, bit for bit", async () => {
  const model = film();
  const bytes = await saveModel(model);
  clearNames();
  const again = await loadModel(bytes);
  expect(again).toBeInstanceOf(Object.getPrototypeOf(model).constructor);
  expect(again.getConfig()).toEqual(model.getConfig());
  expect(again.weights.map(({ name }) => name)).toEqual(model.weights.map(({ name }) => name));
  expect(await weightsOf(again)).toEqual(await weightsOf(model));
  const [expected, actual] = [await model.predict(clips), await again.predict(clips)];
  expect(await actual.data()).toEqual(await expected.data());
  expect(again.optimizer).toBeUndefined();
  expect(await saveModel(again)).toEqual(bytes);
});

const optimizers: [string, () => Optimizer][] = [
  ["SGD with momentum", () => SGD({ learningRate: 0.05, momentum: 0.9, nesterov: true })],
  ["Adam", () => Adam({ learningRate: 0.01, clipnorm: 1 })],
  ["AdamW", () => AdamW({ weightDecay: 0.01 })],
  ["RMSprop with momentum", () => RMSprop({ momentum: 0.5, rho: 0.8 })],
];

test.each(optimizers)("training continues with the same losses: %s", async (_, optimizer) => {
  const model = film();
  model.compile({
    optimizer: optimizer(),
    loss: CategoricalCrossentropy({ labelSmoothing: 0.1 }),
    metrics: ["accuracy", "mae"],
  });
  await model.fit(clips, classes, { batchSize: 3, epochs: 2, verbose: 0 });
  model.optimizer!.learningRate = 0.004;
  const again = await loadModel(await saveModel(model));
  expect(again.optimizer!.iterations).toBe(4);
  expect(again.optimizer!.learningRate).toBe(0.004);
  expect(again.metricsNames).toEqual(["loss", "accuracy", "mae"]);
  const histories = [];
  for (const kept of [model, again]) {
    setSeed(7);
    histories.push((await kept.fit(clips, classes, { batchSize: 3, epochs: 3, verbose: 0 })).history);
  }
  expect(histories[1]).toEqual(histories[0]);
  expect(await weightsOf(again)).toEqual(await weightsOf(model));
});

test("random streams continue as without the interruption", async () => {
  const frame = Input({ shape: [4, 3] });
  const y = LSTM({ units: 3, recurrentDropout: 0.3 })(Dropout({ rate: 0.5, seed: 3 })(frame));
  const model = Model({ inputs: frame, outputs: Dense({ units: 1 })(GaussianNoise({ stddev: 0.2 })(y)) });
  model.compile({ optimizer: "sgd", loss: "mse" });
  const data = { data: numbers(96, 5), shape: [8, 4, 3] };
  await model.trainOnBatch(data, heights);
  const again = await loadModel(await saveModel(model));
  for (let step = 0; step < 3; step++) {
    expect(await again.trainOnBatch(data, heights)).toEqual(await model.trainOnBatch(data, heights));
  }
  expect(await weightsOf(again)).toEqual(await weightsOf(model));
});

test("Bidirectional over cells, whose copies have the names of the cells", async () => {
  const clip = Input({ shape: [4, 2] });
  for (const cell of [GRUCell({ units: 3 }), [LSTMCell({ units: 3 }), GRUCell({ units: 2 })]]) {
    const y = Bidirectional(RNN(cell))(clip);
    const model = Model({ inputs: clip, outputs: Dense({ units: 1 })(y) });
    const again = await loadModel(await saveModel(model));
    expect(await weightsOf(again)).toEqual(await weightsOf(model));
  }
});

test("losses, metrics and their weights are restored as they were given, also for several outputs", async () => {
  const x = Input({ shape: [2] });
  const make = () =>
    Model({ inputs: x, outputs: [Dense({ units: 1, name: "a" })(x), Dense({ units: 1, name: "b" })(x)] });
  const model = make();
  const compiled = {
    loss: { a: huber, b: "mse" },
    metrics: { a: [BinaryAccuracy({ threshold: 0.2 }), "mae"] },
    lossWeights: [1, 0.25],
  };
  model.compile(compiled);
  const again = await loadModel(await saveModel(model));
  expect(again.metricsNames).toEqual(model.metricsNames);
  const targets = [heights, heights];
  expect(await again.testOnBatch([points], targets)).toEqual(await model.testOnBatch([points], targets));
});

test("user-defined functions are named in the file and given to loadModel", async () => {
  const error = (target: Tensor, output: Tensor) => square(subtract(target, output));
  const schedule = (step: number) => 0.1 / (step + 1);
  const model = line({ optimizer: SGD({ learningRate: schedule }), loss: error, metrics: [error] });
  await model.trainOnBatch(points, heights);
  const bytes = await saveModel(model);
  await expect(loadModel(bytes, { compile: "required" })).rejects.toThrow(
    /names the function "schedule".*\{ functions: \{ schedule \} \}, or load with \{ compile: false \}/,
  );
  expect((await loadModel(bytes, { compile: false })).optimizer).toBeUndefined();
  const again = await loadModel(bytes, { functions: { error, schedule } });
  expect(again.optimizer!.learningRate).toBe(0.05);
  expect(again.metricsNames).toEqual(["loss", "error"]);
  expect(await again.trainOnBatch(points, heights)).toEqual(await model.trainOnBatch(points, heights));
  const nameless = line({ loss: (() => error)() && ((t: Tensor, y: Tensor) => error(t, y)) });
  await expect(saveModel(nameless)).rejects.toThrow("saveModel: compile was given a function that has no name");
});

test("a user-defined optimizer is restored by a function that makes it", async () => {
  class PlainDescent extends Optimizer {
    constructor(options: OptimizerOptions = {}) {
      super("PlainDescent", options, 0.03, [], ["unused"]);
    }
    protected override update(weight: Tensor, _slots: unknown, gradient: Tensor, learningRate: number): void {
      this.assign(weight, subtract(weight, multiply(gradient, learningRate)));
    }
  }
  const model = line({ optimizer: new PlainDescent(), loss: "mse" });
  await model.trainOnBatch(points, heights);
  const bytes = await saveModel(model);
  const attempt = loadModel(bytes, { compile: "required" });
  await expect(attempt).rejects.toThrow('names the optimizer "PlainDescent", which it cannot hold');
  const functions = { PlainDescent: (options: OptimizerOptions) => new PlainDescent(options) };
  const again = await loadModel(bytes, { functions });
  expect(again.optimizer).toBeInstanceOf(PlainDescent);
  expect(again.optimizer!.variables).toHaveLength(4);
  expect(await again.trainOnBatch(points, heights)).toEqual(await model.trainOnBatch(points, heights));
});

test("frozen layers stay frozen", async () => {
  const model = film();
  model.getLayer("time_distributed").trainable = false;
  const again = await loadModel(await saveModel(model));
  expect(again.trainableWeights.map(({ name }) => name)).toEqual(model.trainableWeights.map(({ name }) => name));
  expect(again.trainableWeights).toHaveLength(5);
});

test("a model is written as safetensors that other programs can read, with names that say where a weight is", async () => {
  const { tensors, metadata } = readSafetensors(await saveModel(film()));
  expect([...tensors.keys()]).toEqual([
    ...["conv1/kernel", "conv1_bn/gamma", "conv1_bn/beta"].map((name) => `time_distributed/cnn/${name}`),
    ...["conv1_bn/moving_mean", "conv1_bn/moving_variance"].map((name) => `time_distributed/cnn/${name}`),
    ...["conv_lstm2d/kernel", "conv_lstm2d/recurrent_kernel", "conv_lstm2d/bias", "dense/kernel", "dense/bias"],
  ]);
  expect(metadata).toMatchObject({ format: "zoetrope", version: "1" });
  expect(JSON.parse(metadata.model)).toMatchObject({ className: "Functional" });
  clearNames();
  const model = line();
  await model.trainOnBatch(points, heights);
  model.compile({ optimizer: "adam", loss: "mse" });
  await model.trainOnBatch(points, heights);
  const names = [...readSafetensors(await saveModel(model)).tensors.keys()];
  expect(names).toContain("optimizer:velocity/dense/kernel");
  expect(names).toHaveLength(4 * 3);
});

// ── weights only ──────────────────────────────────────────────────────────────────────────────────────────────────────────

describe("weights", () => {
  test("are matched by name and shape", async () => {
    const model = line();
    const bytes = await saveWeights(model);
    clearNames();
    setSeed(2);
    const other = line();
    expect(await weightsOf(other)).not.toEqual(await weightsOf(model));
    await loadWeights(other, bytes);
    expect(await weightsOf(other)).toEqual(await weightsOf(model));
    await loadWeights(other, await saveModel(model));
    const layer = Dense({ units: 1, name: "dense_1" });
    await expect(loadWeights(layer, bytes)).rejects.toThrow('Dense "dense_1" has no weights yet; call it once before.');
  });

  test("that do not match are errors that name the layer, and nothing has changed", async () => {
    const bytes = await saveWeights(line());
    clearNames();
    setSeed(2);
    const wide = Sequential([Input({ shape: [2] }), Dense({ units: 2 }), Dense({ units: 3 })]);
    const before = await weightsOf(wide);
    await expect(loadWeights(wide, bytes)).rejects.toThrow(
      'loadWeights: the file holds "dense_1/kernel" as [2, 1], which Dense "dense_1" needs as [2, 3].',
    );
    expect(await weightsOf(wide)).toEqual(before);
    const renamed = Sequential([
      Input({ shape: [2] }),
      Dense({ units: 2, name: "first" }),
      Dense({ units: 1, name: "dens_1" }),
    ]);
    await expect(loadWeights(renamed, bytes)).rejects.toThrow(
      'holds no "first/kernel", which Dense "first" needs as [2, 2]',
    );
    clearNames();
    const short = Sequential([Input({ shape: [2] }), Dense({ units: 2 })]);
    await expect(loadWeights(short, bytes)).rejects.toThrow('holds "dense_1/kernel", for which there is no weight.');
    await loadWeights(short, bytes, { partial: true });
    const stranger = Sequential([Input({ shape: [2] }), Dense({ units: 2, name: "stranger" })]);
    await expect(loadWeights(stranger, bytes, { partial: true })).rejects.toThrow("holds no weight of Sequential");
    await expect(loadModel(bytes)).rejects.toThrow("holds no model; make one in code and use loadWeights.");
  });

  test("that are not finite are neither saved nor loaded", async () => {
    const model = line();
    const bytes = await saveModel(model);
    model.weights[0].assign([1, NaN, 2, 3]);
    await expect(saveModel(model)).rejects.toThrow('saveModel: "dense/kernel" holds values that are not finite');
    new DataView(bytes.buffer).setFloat32(bytes.length - 4, Infinity, true);
    await expect(loadModel(bytes)).rejects.toThrow(
      'holds "dense_1/bias" of Dense "dense_1" with values that are not finite',
    );
  });
});

// ── where files come from and go to ───────────────────────────────────────────────────────────────────────────────────────

describe("sources and targets", () => {
  test("a path, a file: URL, a link to it", async () => {
    const model = line();
    const bytes = await saveModel(model);
    await saveModel(model, path("a.safetensors"));
    await saveModel(model, pathToFileURL(path("b c.safetensors")));
    for (const name of ["a.safetensors", "b c.safetensors"])
      expect(new Uint8Array(readFileSync(path(name)))).toEqual(bytes);
    await saveWeights(model, path("w.safetensors"));
    symlinkSync(path("a.safetensors"), path("link"));
    await saveModel(model, path("link"));
    for (const source of [
      path("link"),
      pathToFileURL(path("b c.safetensors")),
      pathToFileURL(path("a.safetensors")).href,
    ]) {
      expect(await weightsOf(await loadModel(source))).toEqual(await weightsOf(model));
    }
    await loadWeights(model, path("w.safetensors"));
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
    await expect(loadModel(path("none"))).rejects.toThrow(/none: cannot be read \(ENOENT/);
    await expect(saveModel(model, path("no/such/folder"))).rejects.toThrow(/cannot be written \(ENOENT/);
  });

  test("bytes, a Blob, streams", async () => {
    const model = line();
    const written: Uint8Array[] = [];
    await saveModel(model, new WritableStream({ write: (piece: Uint8Array) => void written.push(piece.slice()) }));
    const blob = new Blob(written as Uint8Array<ArrayBuffer>[]);
    const bytes = await saveModel(model);
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(bytes);
    const dripping = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < bytes.length; i += 7) controller.enqueue(bytes.slice(i, i + 7));
        controller.close();
      },
    });
    for (const source of [
      bytes.buffer,
      Buffer.from(bytes),
      blob,
      new Response(bytes),
      blob.stream(),
      dripping,
      Readable.from([bytes]),
    ]) {
      expect(await weightsOf(await loadModel(source))).toEqual(await weightsOf(model));
    }
    await expect(loadModel(5 as never)).rejects.toThrow("loadModel: expected a path, URL, bytes");
    await expect(saveModel(model, "https://example.org/x")).rejects.toThrow("without one the bytes are returned");
  });

  test("a stream that is no such file, or longer than its header says, is cancelled early", async () => {
    const endless = (first: Uint8Array) => {
      let given = 0;
      const pull = (controller: ReadableStreamDefaultController) =>
        controller.enqueue(given++ === 0 ? first : new Uint8Array(2 ** 16));
      let cancelled = false;
      return {
        stream: new ReadableStream<Uint8Array>({ pull, cancel: () => void (cancelled = true) }),
        state: () => [cancelled, given < 10],
      };
    };
    const html = endless(new TextEncoder().encode("<!DOCTYPE html>"));
    await expect(loadModel(html.stream)).rejects.toThrow(/is a page of HTML, such as servers send in place of a file/);
    const longer = endless(await saveModel(line()));
    await expect(loadModel(longer.stream)).rejects.toThrow(/longer than the \d+ bytes that its header says/);
    expect([...html.state(), ...longer.state()]).toEqual([true, true, true, true]);
    await expect(loadModel(new Blob([await saveModel(line())]), { maxBytes: 100 })).rejects.toThrow(
      "longer than the limit of 100",
    );
  });

  test("a URL", async () => {
    const model = line();
    const bytes = await saveModel(model);
    const server: Server = createServer((request, response) => {
      if (request.url === "/model") response.end(bytes);
      else if (request.url === "/cut") {
        response.writeHead(200, { "content-length": bytes.length });
        response.write(bytes.subarray(0, 99), () => response.destroy());
      } else if (request.url === "/slow") {
        response.writeHead(200, { "content-length": bytes.length });
        response.write(bytes.subarray(0, 99));
      } else if (request.url === "/packed") response.setHeader("content-encoding", "gzip").end(gzipSync(bytes));
      else response.writeHead(404).end("nothing");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await weightsOf(await loadModel(`${address}/model`))).toEqual(await weightsOf(model));
    expect(await weightsOf(await loadModel(new URL("/model", address)))).toEqual(await weightsOf(model));
    await expect(loadModel(`${address}/other`)).rejects.toThrow(/other": cannot be downloaded \(status 404\)\.$/);
    await expect(loadModel(`${address}/cut`)).rejects.toThrow(/cut": cannot be downloaded/);

    const told: DownloadProgress[] = [];
    await loadModel(`${address}/model`, { onProgress: (progress) => told.push(progress) });
    expect(told[0].loadedBytes).toBe(0);
    expect(told.at(-1)).toEqual({ loadedBytes: bytes.length, totalBytes: told[0].totalBytes });
    await loadModel(`${address}/packed`, { onProgress: ({ totalBytes }) => expect(totalBytes).toBeUndefined() });
    await loadModel(bytes, { onProgress: () => expect.unreachable() });
    const abort = new AbortController();
    const stopped = loadModel(`${address}/slow`, { onProgress: () => abort.abort("enough"), signal: abort.signal });
    await expect(stopped).rejects.toBe("enough");
    const later = new AbortController();
    const answer = loadModel(await fetch(`${address}/slow`), { signal: later.signal });
    setTimeout(() => later.abort("enough"), 50); // while the reader waits for more bytes
    await expect(answer).rejects.toBe("enough");
    const failing = loadModel(`${address}/model`, { onProgress: () => JSON.parse("{") as void });
    await expect(failing).rejects.toThrow(SyntaxError);
    await expect(fetch(`${address}/cut`).then((cut) => loadModel(cut))).rejects.toThrow(/cannot be downloaded/);
    await new Promise((done) => server.close(done));
    await expect(loadModel(`${address}/model`)).rejects.toThrow(/cannot be downloaded/);
  });
});

// ── interrupted saves ─────────────────────────────────────────────────────────────────────────────────────────────────────

describe("an interrupted save leaves the old file whole", () => {
  test("where the disk is full", async () => {
    const model = line();
    const target = path("full.safetensors");
    await saveModel(model, target);
    const old = readFileSync(target);
    await model.trainOnBatch(points, heights);
    const open = files.open;
    const spy = vi.spyOn(files, "open").mockImplementation(async (...args) => {
      const handle = await open(...args);
      let left = 100;
      const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<{ bytesWritten: number }>;
      handle.write = (async (bytes: Uint8Array, offset: number, length: number) => {
        if (left === 0) throw new Error("ENOSPC: no space left on device");
        const { bytesWritten } = await write(bytes, offset, Math.min(length, left));
        left -= bytesWritten;
        return { bytesWritten };
      }) as never;
      return handle;
    });
    await expect(saveModel(model, target)).rejects.toThrow("cannot be written (ENOSPC");
    spy.mockRestore();
    expect(readFileSync(target)).toEqual(old);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
    await saveModel(model, target);
    expect(readFileSync(target)).not.toEqual(old);
  });

  test("where the process is killed", async () => {
    const script = path("saver.mjs");
    const code = `
      import { Dense, Input, Sequential } from "./src/index.js";
      import { saveModel } from "./src/formats/index.js";
      const model = Sequential([Input({ shape: [400] }), Dense({ units: 400 })]);
      for (;;) { await saveModel(model, process.argv[2]); process.stdout.write("."); }`;
    const contents = { contents: code, resolveDir: resolve("."), loader: "ts" as const };
    await build({ stdin: contents, bundle: true, outfile: script, format: "esm", platform: "node", logLevel: "error" });
    const target = path("killed.safetensors");
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [script, target], { stdio: ["ignore", "pipe", "inherit"] });
      await new Promise<void>((done) => {
        let seen = 0;
        child.stdout.on("data", (text: Buffer) => {
          seen += text.length;
          if (seen > 2 + round) child.kill("SIGKILL");
        });
        child.on("exit", () => done());
      });
      const model = await loadModel(target);
      expect(model.countParams()).toBe(160_400);
      model.dispose();
    }
  });
});

// ── callbacks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

test("ModelCheckpoint saves after every epoch, every few batches, or the best epoch", async () => {
  const kept: string[] = [];
  const save = (_model: ModelLayer, target: string) => void kept.push(target);
  const losses = [3, 1, 2, NaN, 0.5];
  const script = { onEpochEnd: (epoch: number, logs: Record<string, number>) => void (logs.val_loss = losses[epoch]) };
  const fit = async (checkpoint: ReturnType<typeof ModelCheckpoint<string>>) => {
    kept.length = 0;
    await line().fit(points, heights, { batchSize: 2, epochs: 5, verbose: 0, callbacks: [script, checkpoint] });
    return kept;
  };
  const target = (epoch: number, logs: Record<string, number>) => `${epoch}:${logs.val_loss}`;
  expect(await fit(ModelCheckpoint({ save, target }))).toEqual(["0:3", "1:1", "2:2", "3:NaN", "4:0.5"]);
  expect(await fit(ModelCheckpoint({ save, target, saveBestOnly: true }))).toEqual(["0:3", "1:1", "4:0.5"]);
  expect(await fit(ModelCheckpoint({ save, target, saveBestOnly: true, baseline: 0.7 }))).toEqual(["4:0.5"]);
  expect(await fit(ModelCheckpoint({ save, target: (epoch) => String(epoch), saveFrequency: 8 }))).toEqual(["1", "3"]);
  expect(() => ModelCheckpoint({ save, target: "x", saveFrequency: 0 })).toThrow('saveFrequency 0; expected "epoch"');
  expect(() => ModelCheckpoint({ target: "x" } as never)).toThrow("expected { save, target }");
  expect(() => ModelCheckpoint({ save, target: "x", save_best_only: true } as never)).toThrow(
    'did you mean "saveBestOnly"?',
  );

  const model = line();
  await model.fit(points, heights, {
    epochs: 2,
    verbose: 0,
    callbacks: [ModelCheckpoint({ save: saveModel, target: path("best") })],
  });
  expect(await weightsOf(await loadModel(path("best")))).toEqual(await weightsOf(model));
});

test("Python's safetensors layout: the header ends on a multiple of eight bytes", async () => {
  const bytes = await saveModel(line());
  expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
  expect(bytes[8]).toBe("{".charCodeAt(0));
});
