/** Features of clips: computed once, kept by content. */
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../../index.js";
import { reasonOf, type Skipped } from "../clipsAt.js";
import type { Films } from "../films.js";
import { ProgressBar } from "../progress.js";
import { count, type Screen } from "../terminal.js";
import { type Eyes, featureElements, groupFrames } from "./eyes.js";
import { type FeatureFile, FeatureWriter, openFeatures } from "./featureFile.js";
import { rateOf, size } from "./options.js";
import type { Clip } from "./windows.js";

export interface Sampling {
  frames: number;
  windowSeconds: number;
}

/** A clip whose header could be read. */
export interface FoundClip {
  path: string;
  label: number;
  content: string;
  isWhole: boolean;
  /** How many frames there will be, as far as the header says. */
  expected: number;
}

interface Work extends Sampling {
  films: Films;
  signal: AbortSignal;
}

/**
 * Reads headers and contents. Of clips with equal contents the first alone is kept.
 * @param seen by content the path of what was kept before.
 */
export async function findClips(
  screen: Screen,
  clips: readonly { path: string; label: number }[],
  work: Work,
  skipped: Skipped[],
  seen: Map<string, string>,
): Promise<FoundClip[]> {
  const found: FoundClip[] = [];
  const progress = new ProgressBar(screen, clips.length, { unit: "clip" });
  for (const [i, { path, label }] of clips.entries()) {
    work.signal.throwIfAborted();
    progress.update(i, "found");
    try {
      const length = lengthOf(await work.films.probe(path, { signal: work.signal }), work);
      const content = await work.films.contentHash(path);
      const same = seen.get(content);
      if (same === undefined) found.push({ path, label, content, ...length });
      else skipped.push({ path, reason: `the same content as ${same}` });
      seen.set(content, same ?? path);
    } catch (error) {
      skipped.push(reasonOf(error, path, work.signal));
    }
  }
  progress.finish();
  return found;
}

/** A film whose header does not say its length is taken for a long one until it has been read. */
function lengthOf(
  { kind, durationSeconds = Infinity, numFrames = 1 }: Awaited<ReturnType<Films["probe"]>>,
  work: Work,
): Pick<FoundClip, "isWhole" | "expected"> {
  const length = kind === "film" ? durationSeconds * rateOf(work) : numFrames;
  const isWhole = length < work.frames - 0.5;
  return { isWhole, expected: isWhole || length === Infinity ? work.frames : Math.round(length) };
}

export class FeatureStore {
  constructor(
    readonly screen: Screen,
    readonly folder: string,
    readonly eyes: Eyes,
    readonly work: Work,
  ) {}

  /** The clips with their features, those that are not there yet computed. What cannot be read goes into `skipped`. */
  async gather(found: readonly FoundClip[], skipped: Skipped[]): Promise<Clip[]> {
    const ready = new Map<FoundClip, Clip>();
    for (const clip of found) {
      this.work.signal.throwIfAborted();
      const kept = (await this.#kept(clip, clip.isWhole)) ?? (await this.#kept(clip, !clip.isWhole));
      if (kept) ready.set(clip, kept);
    }
    const missing = found.filter((clip) => !ready.has(clip));
    if (ready.size > 0) this.#say(`Features of ${count(ready.size, "clip")} are there from an earlier run.`);
    if (missing.length > 0) await this.#computeAll(missing, ready, skipped);
    return found.flatMap((clip) => ready.get(clip) ?? []);
  }

  #say(line: string): void {
    this.screen.write(`${line}\n`);
  }

  /** By content, weights and all that the frames depend on. */
  #path({ content }: FoundClip, isWhole: boolean): string {
    const { frames } = this.work;
    const how = isWhole ? `${frames} frames evenly` : `${rateOf(this.work)} frames a second`;
    const key = JSON.stringify([content, how, size, this.eyes.hash]);
    return join(this.folder, `${createHash("sha256").update(key).digest("hex")}.features`);
  }

  async #kept(clip: FoundClip, isWhole: boolean): Promise<Clip | undefined> {
    const path = this.#path(clip, isWhole);
    const features = await openFeatures(path, featureElements);
    if (features === "broken") {
      this.#say(`The kept features of ${clip.path} are damaged; they are made again.`);
      await rm(path, { force: true });
    }
    const isThere = typeof features === "object" && features.numFrames >= this.work.frames;
    return isThere ? clipOf(clip, features, isWhole) : undefined;
  }

  async #computeAll(missing: readonly FoundClip[], ready: Map<FoundClip, Clip>, skipped: Skipped[]): Promise<void> {
    const total = missing.reduce((sum, { expected }) => sum + expected, 0);
    this.#say(`MobileNet looks at ${count(missing.length, "clip")}, about ${count(total, "frame")}:`);
    const progress = new ProgressBar(this.screen, total, { unit: "frame" });
    let done = 0;
    try {
      for (const clip of missing) {
        const onFrames = (n: number) => progress.update(Math.min(total, (done += n)));
        try {
          ready.set(clip, await this.#compute(clip, onFrames));
        } catch (error) {
          const { path, reason } = reasonOf(error, clip.path, this.work.signal);
          skipped.push({ path, reason });
          progress.note(`${path} skipped: ${reason}`);
        }
      }
    } finally {
      progress.finish();
    }
  }

  async #compute(clip: FoundClip, onFrames: (count: number) => void): Promise<Clip> {
    if (!clip.isWhole) {
      const features = await this.#write(clip, false, this.#framesAtRate(clip), onFrames);
      if (features.numFrames >= this.work.frames) return clipOf(clip, features, false);
      await rm(features.path, { force: true }); // shorter than its header says
    }
    return clipOf(clip, await this.#write(clip, true, this.#framesEvenly(clip), onFrames), true);
  }

  async *#framesAtRate({ path }: FoundClip): AsyncGenerator<Uint8Array> {
    const { films, signal } = this.work;
    for await (const { rgb } of films.readFrames(path, { rate: rateOf(this.work), size, signal })) yield rgb;
  }

  async *#framesEvenly({ path }: FoundClip): AsyncGenerator<Uint8Array> {
    const { films, frames: numFrames, signal } = this.work;
    const { frames } = await films.readClip(path, { frames: numFrames, size, signal });
    for (let i = 0; i < numFrames; i++) yield frames.subarray(i * size * size * 3, (i + 1) * size * size * 3);
  }

  /** What an interrupted run has left is decoded again, which is quick, and not looked at again. */
  async #write(
    clip: FoundClip,
    isWhole: boolean,
    frames: AsyncIterable<Uint8Array>,
    onFrames: (count: number) => void,
  ): Promise<FeatureFile> {
    const writer = await FeatureWriter.open(this.#path(clip, isWhole), featureElements);
    let behind = writer.numFrames;
    try {
      let group: Uint8Array[] = [];
      const seeGroup = async () => {
        await writer.append(await this.eyes.see(group));
        onFrames(group.length);
        group = [];
        this.work.signal.throwIfAborted();
      };
      for await (const frame of frames) {
        if (behind-- > 0) onFrames(1);
        else if (group.push(frame) === groupFrames) await seeGroup();
      }
      if (group.length > 0) await seeGroup();
      if (writer.numFrames === 0) throw new FileError(`${clip.path}: no frame could be read.`);
      return await writer.finish();
    } catch (error) {
      await (this.work.signal.aborted ? writer.pause() : writer.discard());
      throw error;
    }
  }
}

const clipOf = ({ path, label }: FoundClip, features: FeatureFile, isWhole: boolean): Clip => ({
  path,
  label,
  features,
  isWhole,
});
