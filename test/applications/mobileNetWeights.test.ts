// MobileNet's weights from the files of Keras: downloaded from a good or faulty server, cached, checked. The files are
// Keras's, with weights that repeat (test/fixtures/mobilenet_files.py).
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { downloadCache } from "../../src/applications/downloadCache.js";
import { FileError, memory, MobileNet, type MobileNetOptions } from "../../src/index.js";
import { readLegacyWeights } from "../../src/formats/keras/weights/legacyFile.js";
import { readSafetensors } from "../../src/formats/numberKinds.js";
import { safetensorsPieces } from "../../src/formats/safetensorsWriter.js";
import { decode, expectNumbers, host, loadCases, type Stored, toList } from "../support/keras.js";
import type { Spec } from "../support/hash.js";

interface FileCase {
  name: string;
  x: Spec;
  output: Stored;
}
const cases = loadCases<FileCase>("mobileNetFiles");
const fileOf = (name: string) => gunzipSync(readFileSync(new URL(`../fixtures/${name}.h5.gz`, import.meta.url)));
const noTop = "mobilenet_2_5_128_tf_no_top";
const withTop = "mobilenet_2_5_160_tf";
const noTopBytes = fileOf(noTop);
const first = (await readLegacyWeights("test", new Uint8Array(noTopBytes))).find(({ values }) => values.length > 0)!
  .values[0].data;

/** The file with one value that is no number, in the first array. */
function broken(): Uint8Array {
  const bytes = Buffer.from(noTopBytes);
  const place = bytes.indexOf(new Uint8Array(first.buffer, first.byteOffset, 64));
  bytes.writeFloatLE(NaN, place + 8);
  return bytes;
}

const small: MobileNetOptions = { alpha: 0.25, inputShape: [128, 128, 3], includeTop: false, pooling: "avg" };
const options: Record<string, MobileNetOptions> = {
  [noTop]: small,
  [withTop]: { alpha: 0.25, inputShape: [160, 160, 3] },
};

let folder: string;
let server: Server;
let address: string;
let requests: string[];
let answer: RequestListener;
/** What the server of Keras's files does. */
const serve: RequestListener = ({ url = "" }, response) => {
  const name = /\/models\/(\w+)\.h5$/.exec(url)?.[1];
  if (!name || !cases.some((known) => known.name === name)) response.writeHead(404).end("<h1>Not found</h1>");
  else send(response, fileOf(name));
};
const send = (response: Parameters<RequestListener>[1], bytes: Uint8Array) =>
  response.writeHead(200, { "content-length": bytes.length }).end(bytes);

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request.url!);
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zoetrope-weights-"));
  requests = [];
  answer = serve;
  // On any system, the cache is in the folder of the test.
  for (const name of ["HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"]) vi.stubEnv(name, folder);
  vi.stubEnv("ZOETROPE_WEIGHTS_URL", address);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** The files below the test's folder. */
const kept = () =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(folder, name)).isFile());
const cachePath = (name: string) => {
  const places: Partial<Record<NodeJS.Platform, string>> = { darwin: "Library/Caches" };
  // Not from Keras's own server.
  const mark = createHash("sha256").update(`${address}/`).digest("hex").slice(0, 16);
  return join(folder, places[process.platform] ?? "", "zoetrope", `${name}-${mark}.h5`);
};
const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const failure = async (given: MobileNetOptions): Promise<Error> => {
  try {
    await MobileNet(given);
  } catch (error) {
    return error as Error;
  }
  throw new Error("no error came");
};

for (const { name, x, output } of cases) {
  test(`${name}.h5 is downloaded once and cached, and predicts as in Keras`, async () => {
    const bytes = fileOf(name);
    const steps: [loaded: number, total: number | undefined][] = [];
    const model = await MobileNet({
      ...options[name],
      onProgress: ({ loadedBytes, totalBytes }) => steps.push([loadedBytes, totalBytes]),
    });
    expect(requests).toEqual([`/models/${name}.h5`]);
    expect(steps[0]).toEqual([0, bytes.length]);
    expect(steps.at(-1)).toEqual([bytes.length, bytes.length]);
    expect(steps.map(([loaded]) => loaded)).toEqual(steps.map(([loaded]) => loaded).sort((a, b) => a - b));
    expect(steps.length).toBeGreaterThan(2);
    const check = async (network: typeof model) => {
      const [prediction] = toList(await network.predict(host(x)));
      expectNumbers("output", name, await prediction.data(), decode(output).data, 1e-5);
    };
    await check(model);
    expect(readFileSync(cachePath(name)).equals(bytes)).toBe(true);
    const digest = readFileSync(`${cachePath(name)}.sha256`, "utf8");
    expect(digest).toBe(`${sha256Of(bytes)}  ${basename(cachePath(name))}\n`);
    expect(kept()).toHaveLength(2);

    const onProgress = vi.fn();
    await check(await MobileNet({ ...options[name], onProgress }));
    expect(requests).toHaveLength(1);
    expect(onProgress).not.toHaveBeenCalled();
    for (const weights of [cachePath(name), pathToFileURL(cachePath(name)), bytes, `${address}/${name}.h5`]) {
      await check(await MobileNet({ ...options[name], weights }));
    }
  });
}

describe("the file that is downloaded", () => {
  const asked = async (given: MobileNetOptions): Promise<string> => {
    await failure(given);
    return requests.pop()!;
  };

  test("follows alpha, size and top", async () => {
    answer = (_, response) => response.writeHead(404).end();
    const names = [];
    for (const alpha of [0.25, 0.5, 0.75, 1]) {
      for (const size of [128, 160, 192, 224]) {
        if (alpha === 1 && size === 224) continue; // ships with the package
        for (const includeTop of [true, false])
          names.push(await asked({ alpha, inputShape: [size, size, 3], includeTop }));
      }
    }
    expect(new Set(names).size).toBe(30);
    expect(names.slice(0, 4)).toEqual([
      "/models/mobilenet_2_5_128_tf.h5",
      "/models/mobilenet_2_5_128_tf_no_top.h5",
      "/models/mobilenet_2_5_160_tf.h5",
      "/models/mobilenet_2_5_160_tf_no_top.h5",
    ]);
    expect(names.at(-1)).toBe("/models/mobilenet_1_0_192_tf_no_top.h5");
    expect(await asked({ alpha: 0.75 })).toBe("/models/mobilenet_7_5_224_tf.h5");
  });

  test("for other sizes is that of 224, as its name says", async () => {
    const other = { includeTop: false, alpha: 0.5 };
    for (const inputShape of [
      [96, 96, 3],
      [128, 160, 3],
      [null, null, 3],
    ] as const) {
      expect(await asked({ ...other, inputShape })).toBe("/models/mobilenet_5_0_224_tf_no_top.h5");
    }
    const shipped = await MobileNet({ includeTop: false, inputShape: [64, 64, 3] });
    expect([shipped.name, requests]).toEqual(["mobilenet_1.00_224", []]);
  });

  test("comes from weightsUrl, which has precedence over the environment variable", async () => {
    answer = ({ url }, response) => response.writeHead(url!.startsWith("/mine/") ? 403 : 404).end();
    for (const weightsUrl of [address.replace("models", "mine"), new URL(address.replace("models", "mine/"))]) {
      expect((await failure({ ...small, weightsUrl })).message).toContain("status 403");
      expect(requests.pop()).toBe(`/mine/${noTop}.h5`);
    }
  });

  test("is that of Keras by default", async () => {
    vi.stubEnv("ZOETROPE_WEIGHTS_URL", undefined);
    const fetched = vi
      .fn()
      .mockRejectedValue(new TypeError("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND") }));
    vi.stubGlobal("fetch", fetched);
    const url = `https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/${noTop}.h5`;
    expect((await failure(small)).message).toBe(
      `MobileNet: ${url}: cannot be downloaded (getaddrinfo ENOTFOUND); fetch it by other means and put it at ${cachePath(noTop).replace(/-\w{16}/, "")}, or pass weights: its path.`,
    );
    expect(fetched.mock.calls.map(([given]) => given)).toEqual([url]);
  });
});

describe("a faulty server", () => {
  const page = "<!DOCTYPE html><title>Sign in to the network</title>";

  const tales: [name: string, answer: RequestListener, message: RegExp][] = [
    ["has no such file", (_, response) => response.writeHead(404).end(page), /cannot be downloaded \(status 404\); fetch it by other means and put it at .*, or pass weights: its path\.$/], // prettier-ignore
    ["sends a page", (_, response) => response.writeHead(200).end(page), /no safetensors file, or one cut off: 52 bytes that begin with "<!DOCTYP"\.$/], // prettier-ignore
    [
      "sends nothing",
      (_, response) => response.writeHead(200).end(),
      /0 bytes are no safetensors file, which begins with a header\.$/,
    ],
    [
      "breaks off in the middle",
      (_, response) => {
        response.writeHead(200, { "content-length": noTopBytes.length });
        response.write(noTopBytes.subarray(0, 300_000), () => response.destroy());
      },
      /cannot be downloaded \(.+\); fetch it by other means/,
    ],
    [
      "breaks off in the middle of pieces of unknown length",
      (_, response) => {
        response.writeHead(200);
        response.write(noTopBytes.subarray(0, 300_000), () => response.destroy());
      },
      /cannot be downloaded \(.+\); fetch it by other means/,
    ],
    ["ends too early without a word", (_, response) => send(response, noTopBytes.subarray(0, 300_000)), /h5/],
    ["sends values that are not finite", (_, response) => send(response, broken()), /: "conv1\/kernel" holds values that are not finite\.$/], // prettier-ignore
  ];
  test.each(tales)("%s", async (_, tale, message) => {
    const { buffers, usedBytes } = memory();
    answer = tale;
    const error = await failure(small);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`MobileNet: ${address}/${noTop}.h5: `);
    expect(error.message).not.toContain("\n");
    expect(kept()).toEqual([]);
    expect(memory()).toMatchObject({ buffers, usedBytes });
    // The next download succeeds.
    answer = serve;
    await MobileNet(small);
    expect(kept()).toHaveLength(2);
  });
});

test("the file of another alpha is refused", async () => {
  answer = (_, response) => send(response, noTopBytes);
  const error = await failure({ ...small, alpha: 0.5 });
  expect(error.message).toBe(
    `MobileNet: ${address}/mobilenet_5_0_128_tf_no_top.h5: holds a "conv1/kernel" of [3, 3, 3, 8]; Functional "mobilenet_0.50_128" needs one of [3, 3, 3, 16].`,
  );
  expect(kept()).toEqual([]);
});

test("a file without the classifier is refused with top; a file with it is accepted without top", async () => {
  const weights = noTopBytes;
  expect((await failure({ alpha: 0.25, inputShape: [128, 128, 3], weights })).message).toBe(
    'MobileNet: weights: holds 54 layers; Conv2D "conv_preds", layer 55 of 55, needs 2 arrays.',
  );
  const model = await MobileNet({ ...small, weights: fileOf(withTop) });
  expect(model.countParams()).toBe(218_544);
});

describe("a download that is slow", () => {
  test("ends when its signal is aborted, and leaves nothing", async () => {
    const hung = vi.fn();
    answer = (_, response) => {
      response.writeHead(200, { "content-length": noTopBytes.length });
      response.write(noTopBytes.subarray(0, 100_000));
      response.on("close", hung);
    };
    const controller = new AbortController();
    const reason = new Error("the user has gone");
    const onProgress = vi.fn(({ loadedBytes }) => loadedBytes > 0 && controller.abort(reason));
    expect(await failure({ ...small, signal: controller.signal, onProgress })).toBe(reason);
    expect(kept()).toEqual([]);
    await vi.waitFor(() => expect(hung).toHaveBeenCalled());
    // Before it has begun.
    expect(await failure({ ...small, signal: controller.signal })).toBe(reason);
    expect(requests).toHaveLength(1);
  });

  test("ends when onProgress throws", async () => {
    const error = new Error("the listener's own");
    const onProgress = () => {
      throw error;
    };
    expect(await failure({ ...small, onProgress })).toBe(error);
  });

  test("that never ends is given up", async () => {
    const piece = new Uint8Array(2 ** 26);
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(piece) });
    vi.stubGlobal("fetch", async () => new Response(body));
    expect((await failure(small)).message).toContain("is longer than 268435456 bytes, the limit");
  });

  test("reports no total once more bytes have come than the header promised, which may be the compressed length", async () => {
    const answered = new Response(noTopBytes, { headers: { "content-length": "1000" } });
    vi.stubGlobal("fetch", async () => answered);
    const steps: unknown[] = [];
    await MobileNet({ ...small, onProgress: ({ totalBytes }) => steps.push(totalBytes) });
    expect([steps[0], steps.at(-1)]).toEqual([1000, undefined]);
  });

  test("of unknown length reports no total", async () => {
    answer = (_, response) => response.writeHead(200).end(noTopBytes);
    const totals = new Set<unknown>();
    await MobileNet({ ...small, onProgress: ({ totalBytes }) => totals.add(totalBytes) });
    expect([...totals]).toEqual([undefined]);
  });
});

describe("the cache", () => {
  test("allows two downloads of the same file at once", async () => {
    await Promise.all([MobileNet(small), MobileNet(small)]);
    expect(kept()).toHaveLength(2);
    expect(readFileSync(cachePath(noTop)).equals(noTopBytes)).toBe(true);
  });

  test("accepts a file that a user puts there, and names its path if it is not the right one", async () => {
    mkdirSync(dirname(cachePath(noTop)), { recursive: true });
    writeFileSync(cachePath(noTop), "something else");
    expect((await failure(small)).message).toBe(
      `MobileNet: ${cachePath(noTop)} (kept from an earlier download; remove it to download it again): no safetensors file, or one cut off: 14 bytes that begin with "somethin".`,
    );
    writeFileSync(cachePath(noTop), noTopBytes);
    expect((await MobileNet(small)).countParams()).toBe(218_544);
    expect(requests).toEqual([]);
  });

  test("is refused and filled anew where a file has changed, and said in a line", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    await MobileNet(small);
    writeFileSync(cachePath(noTop), broken());
    expect((await MobileNet(small)).countParams()).toBe(218_544);
    expect(warn.mock.calls).toEqual([
      [
        `MobileNet: ${cachePath(noTop)} has changed since it was kept (its SHA-256 is another); it is downloaded again.`,
      ],
    ]);
    expect(readFileSync(cachePath(noTop)).equals(noTopBytes)).toBe(true);
    expect(requests).toHaveLength(2);
  });

  test("refuses another file than that of the first download", async () => {
    await MobileNet(small);
    rmSync(cachePath(noTop));
    const other = new Uint8Array(Buffer.concat([noTopBytes, Buffer.of(0)]));
    answer = (_, response) => send(response, other);
    expect((await failure(small)).message).toBe(
      `MobileNet: ${address}/${noTop}.h5: its SHA-256 is ${sha256Of(other)}, that of the first download ${sha256Of(noTopBytes)}; if this one is right, remove ${cachePath(noTop)}.sha256.`,
    );
    rmSync(`${cachePath(noTop)}.sha256`);
    await MobileNet(small);
    expect(readFileSync(cachePath(noTop)).equals(other)).toBe(true);
  });

  test("keeps the files of a mirror apart from those of Keras", async () => {
    await MobileNet(small);
    await MobileNet({ ...small, weightsUrl: `${address}/../models` });
    expect(kept().filter((name) => name.endsWith(".h5"))).toHaveLength(2);
    vi.stubEnv("ZOETROPE_WEIGHTS_URL", undefined);
    vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new TypeError("offline")));
    expect((await failure(small)).message).toContain(
      "keras-applications/mobilenet/mobilenet_2_5_128_tf_no_top.h5: cannot",
    );
  });

  test("takes a file of an earlier version, which has no digest, and keeps its digest then", async () => {
    vi.stubEnv("ZOETROPE_WEIGHTS_URL", undefined);
    vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new TypeError("offline")));
    const old = cachePath(noTop).replace(/-\w{16}/, "");
    mkdirSync(dirname(old), { recursive: true });
    writeFileSync(old, noTopBytes);
    await MobileNet(small);
    expect(readFileSync(`${old}.sha256`, "utf8")).toBe(`${sha256Of(noTopBytes)}  ${basename(old)}\n`);
    writeFileSync(`${old}.sha256`, "nonsense");
    await MobileNet(small);
    expect(readFileSync(`${old}.sha256`, "utf8")).toContain(sha256Of(noTopBytes));
  });

  test("that cannot be written is a warning, not an error", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    mkdirSync(dirname(dirname(cachePath(noTop))), { recursive: true });
    writeFileSync(dirname(cachePath(noTop)), "a file where the folder should be");
    expect((await MobileNet(small)).countParams()).toBe(218_544);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0][0]).toContain(`MobileNet: ${noTop}.h5 will be downloaded again next time`);
  });

  test("is in the folder that is usual on each system", () => {
    const given = Object.getOwnPropertyDescriptor(process, "platform")!;
    const on = (platform: string) => {
      Object.defineProperty(process, "platform", { ...given, value: platform });
      return downloadCache("", "a.h5").path;
    };
    try {
      vi.stubEnv("HOME", "/h");
      vi.stubEnv("XDG_CACHE_HOME", "/xdg");
      expect([on("linux"), on("darwin")]).toEqual(["/xdg/zoetrope/a.h5", "/h/Library/Caches/zoetrope/a.h5"]);
      vi.stubEnv("XDG_CACHE_HOME", "relative");
      vi.stubEnv("LOCALAPPDATA", "/local");
      expect([on("linux"), on("win32")]).toEqual(["/h/.cache/zoetrope/a.h5", "/local/zoetrope/a.h5"]);
      vi.stubEnv("XDG_CACHE_HOME", undefined);
      vi.stubEnv("LOCALAPPDATA", undefined);
      expect([on("linux"), on("win32")]).toEqual(["/h/.cache/zoetrope/a.h5", "/h/AppData/Local/zoetrope/a.h5"]);
    } finally {
      Object.defineProperty(process, "platform", given);
    }
  });
});

describe("in a page", () => {
  /** The part of the Cache API that is used. */
  const cacheApi = () => {
    const entries = new Map<string, Response>();
    return {
      entries,
      open: async (name: string) => {
        expect(name).toBe("zoetrope");
        return {
          match: async (url: string) => entries.get(url)?.clone(),
          put: async (url: string, response: Response) => void entries.set(url, response),
        };
      },
    };
  };
  beforeEach(() => void vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined));

  test("downloads are kept in the Cache API", async () => {
    const caches = cacheApi();
    vi.stubGlobal("caches", caches);
    const weightsUrl = address;
    await MobileNet({ ...small, weightsUrl });
    expect([...caches.entries.keys()]).toEqual([`${address}/${noTop}.h5`]);
    expect((await MobileNet({ ...small, weightsUrl })).countParams()).toBe(218_544);
    expect(requests).toHaveLength(1);
    const [[url, entry]] = caches.entries;
    expect(entry.headers.get("x-zoetrope-sha256")).toBe(sha256Of(noTopBytes));
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    caches.entries.set(url, new Response("changed", { headers: entry.headers }));
    await MobileNet({ ...small, weightsUrl });
    expect(warn.mock.calls[0][0]).toMatch(/has changed since it was kept/);
    expect(requests).toHaveLength(2);
    caches.entries.set(url, new Response(noTopBytes)); // of an earlier version
    await MobileNet({ ...small, weightsUrl });
    expect(caches.entries.get(url)!.headers.get("x-zoetrope-sha256")).toBe(sha256Of(noTopBytes));
    expect(requests).toHaveLength(2);
    expect(kept()).toEqual([]);
  });

  test("without it, or where it refuses, they are downloaded each time", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    await MobileNet({ ...small, weightsUrl: address });
    expect(warn).not.toHaveBeenCalled();
    vi.stubGlobal("caches", { open: () => Promise.reject(new Error("storage is blocked")) });
    await MobileNet({ ...small, weightsUrl: address });
    expect(warn.mock.calls[0][0]).toContain("it cannot be kept: storage is blocked");
    expect(requests).toHaveLength(2);
  });

  test("a missing file is an error that says what to pass", async () => {
    answer = (_, response) => response.writeHead(404).end();
    expect((await failure({ ...small, weightsUrl: address })).message).toBe(
      `MobileNet: ${address}/${noTop}.h5: cannot be downloaded (status 404); fetch it by other means and pass weights: its URL, or bytes.`,
    );
  });
});

describe("files that the user names", () => {
  test("a path that does not exist", async () => {
    const { message } = await failure({ ...small, weights: "nowhere.h5" });
    expect(message).toMatch(/^MobileNet: weights "nowhere\.h5": cannot be read \(ENOENT: .+\)\.$/);
  });

  test("a URL that does not exist", async () => {
    const { message } = await failure({ ...small, weights: `${address}/none.h5` });
    expect(message).toBe(`MobileNet: weights "${address}/none.h5": cannot be downloaded (status 404).`);
    expect(kept()).toEqual([]);
  });

  test("safetensors with a value that is not finite", async () => {
    const { tensors } = readSafetensors(readFileSync("data/mobilenet-1.0-224.safetensors"));
    const arrays = Array.from(tensors, ([name, { data, shape }]) => ({ name, data, shape }));
    arrays.find(({ name }) => name === "conv_dw_3_bn/beta")!.data[5] = Infinity;
    const weights = Buffer.concat(safetensorsPieces("test", arrays, {}));
    const { message } = await failure({ weights, includeTop: false });
    expect(message).toBe('MobileNet: weights: "conv_dw_3_bn/beta" holds values that are not finite.');
  });
});
