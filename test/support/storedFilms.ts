// Films for the tests of the store of features: text files with a number for each frame. And an extractor for them.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Films } from "../../src/cli/films.js";
import { type FeatureExtractor, featureElements } from "../../src/cli/train/featureExtractor.js";
import { type FoundClip, FeatureStore, findClips, type Sampling } from "../../src/cli/train/features.js";
import { contentHash, type Skipped } from "../../src/node/index.js";

const numbersIn = (path: string): number[] => readFileSync(path, "utf8").trim().split(" ").map(Number); // prettier-ignore
const frameOf = (n: number, size: number) => new Uint8Array(size * size * 3).fill(n);

/** One frame a second. */
export const storedFilms: Films = {
  listClips: async (folder) => ({ clips: readdirSync(folder).sort().map((name) => join(folder, name)), skipped: [] }), // prettier-ignore
  listClasses: async () => ({ classes: [], skipped: [] }),
  contentHash,
  probe: async (path) => ({ path, kind: "film", width: 8, height: 8, durationSeconds: numbersIn(path).length }),
  async readClip(path, { frames = 1, size = 1 } = {}) {
    const numbers = numbersIn(path);
    const all = Array.from({ length: frames }, (_, i) => frameOf(numbers[Math.floor((i * numbers.length) / frames)], size)); // prettier-ignore
    return { path, kind: "film", frames: Buffer.concat(all), shape: [frames, size, size, 3], times: [], width: 8, height: 8 }; // prettier-ignore
  },
  async *readFrames(path, { size = 1, signal }) {
    for (const [i, n] of numbersIn(path).entries()) {
      signal?.throwIfAborted();
      yield { timeSeconds: i, rgb: frameOf(n, size) };
    }
  },
};

/** Its features depend on the frames that are computed together, so that a group that is put together otherwise shows. */
export const storedExtractor = (hash = "plain", milliseconds = 0): FeatureExtractor => ({
  hash,
  model: undefined as never,
  async extract(frames) {
    if (milliseconds > 0) await sleep(milliseconds);
    const features = new Float32Array(frames.length * featureElements);
    frames.forEach(([n], i) => features.fill(n + frames[0][0] / 256 + frames.length / 8, i * featureElements, (i + 1) * featureElements)); // prettier-ignore
    return features;
  },
});

export interface Gathering {
  clips: string;
  cache: string;
  films?: Films;
  extractor?: FeatureExtractor;
  sampling?: Sampling;
  signal?: AbortSignal;
  /** Called between the headers and the features. */
  onFound?: (found: readonly FoundClip[]) => void;
}

/** Gathers the features of the films in a folder. Gives what was written to the screen too. */
export async function gather({ clips, cache, films = storedFilms, extractor = storedExtractor(), ...rest }: Gathering) {
  const { sampling = { frames: 4, windowSeconds: 4 }, signal = new AbortController().signal, onFound } = rest;
  let text = "";
  const screen = { write: (more: string) => (text += more) };
  const context = { ...sampling, films, signal };
  const skipped: Skipped[] = [];
  const listed = (await films.listClips(clips)).clips.map((path) => ({ path, label: 0 }));
  const found = await findClips(screen, listed, context, skipped, new Map());
  onFound?.(found);
  const ready = await new FeatureStore(screen, cache, extractor, context).gather(found, skipped);
  return { clips: ready, skipped, text };
}

/** The names of the files in a folder, each with a hash of its bytes. */
export const hashesIn = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder).sort().map((name) => [name, createHash("sha256").update(readFileSync(join(folder, name))).digest("hex")]),
  ); // prettier-ignore
