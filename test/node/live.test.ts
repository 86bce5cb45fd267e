// Frames as they come: of a stream's address, and raw ones of another program.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArgumentError } from "../../src/index.js";
import { isLive, readLive } from "../../src/node/index.js";
import { ffmpeg, greys, hasFfmpeg, lossless } from "../support/films.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const folder = temporaryFolder("live");

const collect = async (
  source: string | AsyncIterable<Uint8Array>,
  options: Parameters<typeof readLive>[1],
  count = Infinity,
) => {
  const frames: { timeSeconds: number; first: number }[] = [];
  for await (const { timeSeconds, rgb } of readLive(source, options)) {
    expect(rgb.length).toBe((options.size ?? 224) ** 2 * 3);
    frames.push({ timeSeconds, first: rgb[0] });
    if (frames.length === count) break;
  }
  return frames;
};

test("cameras and addresses of streams are live, files and other schemes are not", () => {
  for (const source of ["/dev/video0", "/dev/video12", "rtsp://camera/1", "http://a/b.ts", "HTTPS://a/b"]) {
    expect([source, isLive(source)]).toEqual([source, true]);
  }
  for (const source of [
    "film.mp4",
    "/dev/videos",
    "/dev/video0/../../etc/passwd",
    "file:///etc/passwd",
    "concat://a|b",
    "-",
    "",
  ]) {
    expect([source, isLive(source)]).toEqual([source, false]);
  }
});

describe("raw frames", () => {
  const frame = (n: number) => new Uint8Array(4 * 4 * 3).fill(n);

  test("are given one for one, however their bytes arrive", async () => {
    const bytes = Buffer.concat([1, 2, 3].map(frame));
    const pieces = [bytes.subarray(0, 50), bytes.subarray(50, 51), bytes.subarray(51)];
    const found = await collect(Readable.from(pieces), { rate: 4, size: 4 });
    expect(found).toEqual([
      { timeSeconds: 0, first: 1 },
      { timeSeconds: 0.25, first: 2 },
      { timeSeconds: 0.5, first: 3 },
    ]);
  });

  test("that end amid a frame, or before the first, are an error", async () => {
    const cut = Readable.from([Buffer.concat([frame(1), new Uint8Array(5)])]);
    await expect(collect(cut, { rate: 1, size: 4 })).rejects.toThrow("-: ends after 1 frames and 5 bytes; expected raw frames of 4 x 4 x 3 bytes"); // prettier-ignore
    await expect(collect(Readable.from([]), { rate: 1, size: 4 })).rejects.toThrow("ends after 0 frames");
  });

  test("may be waited for until the signal is aborted", async () => {
    const waiting = new PassThrough();
    const stop = new AbortController();
    waiting.write(frame(7));
    const found = collect(waiting, { rate: 1, size: 4, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 20);
    await expect(found).rejects.toThrow("enough");
    expect(waiting.destroyed).toBe(true);
  });

  test("are refused with other sources and options", async () => {
    await expect(collect("film.mp4", { rate: 1 })).rejects.toThrow(
      "film.mp4: no camera or stream; expected /dev/video0 or an address",
    );
    await expect(collect(7 as never, { rate: 1 })).rejects.toThrow(ArgumentError);
    await expect(collect("http://a/b", { rate: 0 })).rejects.toThrow("rate 0; expected a number above 0");
    await expect(collect("http://a/b", { rate: 1, size: 0.5 })).rejects.toThrow(
      "size 0.5; expected a whole number from 1",
    );
    await expect(collect("http://a/b", { rates: 1 } as never)).rejects.toThrow('did you mean "rate"?');
  });
});

describe.runIf(hasFfmpeg)("a stream's address", () => {
  let server: Server;
  let base: string;

  beforeAll(async () => {
    const film = join(folder, "film.mkv");
    ffmpeg(...greys(20), ...lossless, film);
    server = createServer((request, response) => {
      if (request.url === "/gone") return void response.writeHead(404).end();
      response.writeHead(200, { "content-type": "video/x-matroska" });
      if (request.url === "/film") response.end(readFileSync(film));
      else response.write(readFileSync(film).subarray(0, 3000)); // and never ends
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test("gives its frames in order at the rate, and ends with it", async () => {
    const found = await collect(`${base}/film`, { rate: 10, size: 8 });
    expect(found.length).toBeGreaterThan(0);
    expect(found.at(-1)!.first).toBe(95); // the last of twenty greys
    // A reader that is slower may miss some, which count in the times.
    for (const { timeSeconds, first } of found) expect(Math.abs(first / 5 - timeSeconds * 10)).toBeLessThanOrEqual(1);
    expect(found.map(({ first }) => first)).toEqual(found.map(({ first }) => first).toSorted((a, b) => a - b));
  });

  test("gives a slow reader the newest frame, without those between", async () => {
    const times: number[] = [];
    for await (const { timeSeconds } of readLive(`${base}/film`, { rate: 10, size: 8 })) {
      times.push(timeSeconds);
      if (times.length === 1) await new Promise((done) => setTimeout(done, 1500)); // until all have come
    }
    expect(times.length).toBeLessThan(20);
    expect(times.at(-1)).toBeCloseTo(1.9, 1);
  });

  test("that is not there, or gives nothing, is a FileError; the signal and the end of the loop end the waiting", async () => {
    await expect(collect(`${base}/gone`, { rate: 1 })).rejects.toThrow(/\/gone: no frame comes of it \(.*404/);
    await expect(collect(`${base}/endless`, { rate: 1, maxSeconds: 0.2 })).rejects.toThrow("ffmpeg gave nothing for");
    const stop = new AbortController();
    const waiting = collect(`${base}/endless`, { rate: 1, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(waiting).rejects.toThrow("enough");
    expect(await collect(`${base}/film`, { rate: 10, size: 8 }, 1)).toHaveLength(1);
  });
});
