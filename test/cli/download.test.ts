// The line that shows how far a download is.
import { afterEach, expect, test, vi } from "vitest";
import { showDownload } from "../../src/cli/download.js";
import type { Screen } from "../../src/cli/terminal.js";
import type { DownloadProgress } from "../../src/index.js";

afterEach(() => void vi.unstubAllEnvs());

const shown = async (screen: Partial<Screen>, totalBytes?: number, error?: Error) => {
  const written: string[] = [];
  vi.stubEnv("TERM", "xterm");
  const work = async (onProgress: (progress: DownloadProgress) => void) => {
    for (const loadedBytes of [0, 1_500_000, 2_100_000]) onProgress({ loadedBytes, totalBytes });
    if (error) throw error;
    return "the result";
  };
  const whole = { write: (text: string) => written.push(text), columns: 80, ...screen };
  await expect(showDownload(whole, "weights", work).catch((reason) => reason)).resolves.toBe(error ?? "the result");
  return written;
};

test("a line shows the progress, and is erased at the end", async () => {
  const gone = "\r\x1b[2K";
  expect(await shown({ isTTY: true }, 2_100_000)).toEqual([`${gone}${" ".repeat(24)} weights: 0.0 of 2.1 MB`, gone]);
  expect(await shown({ isTTY: true })).toEqual([`${gone}weights: 0.0 MB`, gone]);
  expect(await shown({ isTTY: true, columns: 10 }, 2_100_000, new Error("offline"))).toEqual([
    `${gone} weights:`,
    gone,
  ]);
});

test("where the output is no terminal, one line is printed", async () => {
  expect(await shown({}, 2_100_000)).toEqual(["weights: downloading, 2.1 MB\n"]);
  expect(await shown({})).toEqual(["weights: downloading\n"]);
});
