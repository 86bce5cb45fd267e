// Whatever a file waits for, a signal ends it at once, and a silent server after a minute.
import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ArgumentError, FileError } from "../../src/errors.js";
import { readInWorker, threads } from "../../src/formats/hdf5/worker.js";
import { loadModel, loadWeights, readMetadata, saveModel, type Source } from "../../src/formats/index.js";
import { clearNames, MobileNet } from "../../src/index.js";
import { line } from "../support/cases/keptModels.js";

let address: string;
let answer: RequestListener;
/** Called with each request's path when it was received, so that a test aborts after it and not before. */
let asked: (path: string) => void;
const server = createServer((request, response) => {
  answer(request, response);
  asked(request.url!);
});
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  clearNames();
  asked = () => {};
});
afterEach(() => void vi.useRealTimers());

const bytes = await saveModel(line());
const folder = new URL("../fixtures/tfjs/film/", import.meta.url);
const closed = (response: ServerResponse) => new Promise((done) => response.on("close", done));

/** The places at which a server stalls. */
const stalls: Record<string, (response: ServerResponse) => void> = {
  "before its answer": () => {},
  "after the headers": (response) => response.writeHead(200, { "content-length": bytes.length }).flushHeaders(),
  "between pieces": (response) => void response.writeHead(200).write(bytes.subarray(0, 20)),
};

const calls: Record<string, (source: Source, signal: AbortSignal) => Promise<unknown>> = {
  loadModel: (source, signal) => loadModel(source, { signal }),
  loadWeights: (source, signal) => loadWeights(line(), source, { signal }),
  readMetadata: (source, signal) => readMetadata(source, { signal }),
  MobileNet: (source, signal) => MobileNet({ weights: source as string, signal }),
};

describe.each(Object.keys(stalls))("a server that stalls %s", (place) => {
  test.each(Object.keys(calls))("%s ends with the signal, and the request too", async (name) => {
    const controller = new AbortController();
    const ended = new Promise((done) => {
      answer = (_, response) => {
        stalls[place](response);
        done(closed(response));
      };
    });
    asked = () => setTimeout(() => controller.abort("enough"), 20);
    await expect(calls[name](`${address}/model`, controller.signal)).rejects.toBe("enough");
    await ended;
  });

  test("is given up after a minute", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    answer = (_, response) => stalls[place](response);
    const waiting = loadModel(`${address}/model`).catch((error: unknown) => error);
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(10_000);
      const outcome = await Promise.race([waiting, new Promise((done) => setImmediate(done, "waits"))]);
      expect(outcome).toBeInstanceOf(FileError);
      expect((outcome as Error).message).toMatch(/model": cannot be downloaded \(nothing came for a minute\)\.$/);
    });
  });
});

test("a server that sends a byte now and then is waited for, and its signal is heard", async () => {
  const controller = new AbortController();
  answer = (_, response) => {
    response.writeHead(200);
    let at = 0;
    const timer = setInterval(() => response.write(bytes.subarray(at, ++at)), 5);
    response.on("close", () => clearInterval(timer));
  };
  let pieces = 0;
  const loading = loadModel(`${address}/model`, {
    signal: controller.signal,
    onProgress: () => void (++pieces === 5 && setTimeout(() => controller.abort("enough"))),
  });
  await expect(loading).rejects.toBe("enough");
  expect(pieces).toBeLessThan(bytes.length);
});

test.each(["before its answer", "between pieces"])("shards of TensorFlow.js, one that stalls %s", async (place) => {
  const controller = new AbortController();
  answer = (request, response) => {
    if (request.url!.endsWith(".json")) response.end(readFileSync(new URL("model.json", folder)));
    else stalls[place](response);
  };
  asked = (path) => void (path.endsWith(".bin") && setTimeout(() => controller.abort("enough"), 20));
  await expect(loadModel(`${address}/model.json`, { signal: controller.signal })).rejects.toBe("enough");
});

describe("what a program gives itself", () => {
  const aborting = () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), 20);
    return controller.signal;
  };

  test("a stream that gives nothing is cancelled", async () => {
    const cancel = vi.fn();
    const stream = new ReadableStream<Uint8Array>({ cancel });
    await expect(loadModel(stream, { signal: aborting() })).rejects.toBe("enough");
    expect(cancel).toHaveBeenCalledTimes(1);
    expect(stream.locked).toBe(false);
    const body = new ReadableStream<Uint8Array>({ cancel });
    await expect(loadModel(new Response(body), { signal: aborting() })).rejects.toBe("enough");
    expect(cancel).toHaveBeenCalledTimes(2);
  });

  test("a stream of Node is destroyed, and an iteration that never goes on is left", async () => {
    const stream = new PassThrough();
    stream.write(bytes.subarray(0, 20));
    await expect(loadModel(stream, { signal: aborting() })).rejects.toBe("enough");
    expect(stream.destroyed).toBe(true);
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    await expect(loadModel(never, { signal: aborting() })).rejects.toBe("enough");
  });

  test("a signal that has aborted already: nothing is read", async () => {
    const signal = AbortSignal.abort("before");
    const next = vi.fn();
    await expect(loadModel({ [Symbol.asyncIterator]: () => ({ next }) }, { signal })).rejects.toBe("before");
    await expect(loadModel(`${address}/model`, { signal })).rejects.toBe("before");
    await expect(loadModel(new Map([["a.json", bytes]]), { signal })).rejects.toBe("before");
    expect(next).not.toHaveBeenCalled();
  });

  test("a stream that is being read already", async () => {
    const response = new Response(bytes);
    await response.arrayBuffer();
    const stream = new Blob([bytes]).stream();
    stream.getReader();
    for (const source of [response, stream]) {
      await expect(loadModel(source)).rejects.toThrow(/is being read already/);
      await expect(loadModel(source)).rejects.toBeInstanceOf(ArgumentError);
    }
  });
});

test("the worker that reads HDF5 is ended", async () => {
  const library = `data:text/javascript,${encodeURIComponent("export const ready = { FS: { writeFile() { for (;;); } } };")}`;
  const controller = new AbortController();
  setTimeout(() => controller.abort("enough"), 50);
  const limits = { maxBytes: 100, owned: false, signal: controller.signal };
  await expect(readInWorker(threads()!, "here", library, new Uint8Array(8), limits)).rejects.toBe("enough");
  await expect(readInWorker(threads()!, "here", library, new Uint8Array(8), limits)).rejects.toBe("enough");
});

test("the pieces of a download that arrives make no errors: their stacks cost more than the waiting", async () => {
  let made = 0;
  class Counted extends Error {
    constructor(...about: ConstructorParameters<ErrorConstructor>) {
      super(...about);
      made++;
    }
  }
  const pieces = Array.from({ length: 50 }, (_, i) => bytes.subarray((i * bytes.length) / 50, ((i + 1) * bytes.length) / 50));
  const stream = new ReadableStream({ pull: (to) => (pieces.length > 0 ? to.enqueue(pieces.shift()) : to.close()) });
  vi.stubGlobal("Error", Counted);
  try {
    await loadModel(new Response(stream));
  } finally {
    vi.unstubAllGlobals();
  }
  expect(made).toBe(0);
}); // prettier-ignore

test("what an address keeps secret is in no message and no cause", async () => {
  answer = (_, response) => void response.writeHead(403).end();
  const { host } = new URL(address);
  const secret = (scheme: string, path = "/a.json") => `${scheme}://me:S3CRET@${host}${path}?token=S3CRET#S3CRET`;
  const places = [`${address}/a.json?token=S3CRET`, secret("http"), secret("nothing"), "http://S3CRET@a[/?S3CRET"];
  for (const place of places) {
    for (const call of Object.values(calls)) {
      let error = (await call(place, new AbortController().signal).catch((reason: unknown) => reason)) as Error;
      expect(error).toBeInstanceOf(FileError);
      for (; error; error = error.cause as Error) {
        expect(JSON.stringify([error.message, error.stack, Object.entries(error)])).not.toContain("S3CRET");
      }
    }
  }
  const given = await fetch(`${address}/a.json?token=S3CRET`);
  await expect(loadModel(given)).rejects.toThrow(`loadModel: "${address}/a.json": cannot be downloaded (status 403).`);
});
