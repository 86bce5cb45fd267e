/** Features of clips: computed once, kept by content. */
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../../index.js";
import type { Skipped } from "../../node/index.js";
import { skippedBecause } from "../clipsAt.js";
import type { Films } from "../films.js";
import { withProgress } from "../progress.js";
import { plural, type Screen } from "../terminal.js";
import { type FeatureExtractor, featureElements, groupFrames } from "./featureExtractor.js";
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

interface SamplingContext extends Sampling {
  films: Films;
  signal: AbortSignal;
}

/**
 * Reads the headers and hashes the contents of clips. Of clips with equal contents only the first is kept.
 * @param seen the path of each content that was met before; new ones are added.
 */
export async function findClips(
  screen: Screen,
  clips: readonly { path: string; label: number }[],
  context: SamplingContext,
  skipped: Skipped[],
  seen: Map<string, string>,
): Promise<FoundClip[]> {
  const found: FoundClip[] = [];
  await withProgress(screen, clips.length, "clip", async (progress) => {
    for (const [i, { path, label }] of clips.entries()) {
      context.signal.throwIfAborted();
      progress.update(i, "found");
      try {
        const length = lengthOf(await context.films.probe(path, { signal: context.signal }), context);
        const content = await context.films.contentHash(path);
        const same = seen.get(content);
        if (same === undefined) found.push({ path, label, content, ...length });
        else skipped.push({ path, reason: `the same content as ${same}` });
        seen.set(content, same ?? path);
      } catch (error) {
        skipped.push(skippedBecause(error, path, context.signal));
      }
    }
  });
  return found;
}

/** A film whose header does not say its length is assumed to be long until it has been read. */
export function lengthOf(
  { kind, durationSeconds = Infinity, numFrames = 1 }: Awaited<ReturnType<Films["probe"]>>,
  context: Sampling,
): Pick<FoundClip, "isWhole" | "expected"> {
  const length = kind === "film" ? durationSeconds * rateOf(context) : numFrames;
  const isWhole = length < context.frames - 0.5;
  return { isWhole, expected: isWhole || length === Infinity ? context.frames : Math.round(length) };
}

/** The features of clips, on disk and computed where they are missing. */
export class FeatureStore {
  constructor(
    readonly screen: Screen,
    readonly folder: string,
    readonly extractor: FeatureExtractor,
    readonly context: SamplingContext,
  ) {}

  /**
   * Gives the clips with their features, and computes those that are missing. Clips that cannot be read are added to
   * `skipped`.
   */
  async gather(found: readonly FoundClip[], skipped: Skipped[]): Promise<Clip[]> {
    const ready = new Map<FoundClip, Clip>();
    await withProgress(this.screen, found.length, "clip", async (progress) => {
      for (const [i, clip] of found.entries()) {
        this.context.signal.throwIfAborted();
        progress.update(i, "looking for kept features");
        const kept = (await this.#kept(clip, clip.isWhole)) ?? (await this.#kept(clip, !clip.isWhole));
        if (kept) ready.set(clip, kept);
      }
    });
    const missing = found.filter((clip) => !ready.has(clip));
    if (ready.size > 0) this.#say(`Features of ${plural(ready.size, "clip")} were kept by an earlier run.`);
    if (missing.length > 0) await this.#computeAll(missing, ready, skipped);
    return found.flatMap((clip) => ready.get(clip) ?? []);
  }

  #say(line: string): void {
    this.screen.write(`${line}\n`);
  }

  /** The file's name is a hash of all that the features depend on: content, sampling, size and weights. */
  #path({ content }: FoundClip, isWhole: boolean): string {
    const { frames } = this.context;
    const how = isWhole ? `${frames} frames evenly` : `${rateOf(this.context)} frames a second`;
    const key = JSON.stringify([content, how, size, this.extractor.hash]);
    return join(this.folder, `${createHash("sha256").update(key).digest("hex")}.features`);
  }

  async #kept(clip: FoundClip, isWhole: boolean): Promise<Clip | undefined> {
    const path = this.#path(clip, isWhole);
    const features = await openFeatures(path, featureElements);
    if (features === "broken") {
      this.#say(`The kept features of ${clip.path} are damaged; they are computed again.`);
      await rm(path, { force: true });
    }
    const isThere = typeof features === "object" && features.numFrames >= this.context.frames;
    return isThere ? clipOf(clip, features, isWhole) : undefined;
  }

  async #computeAll(missing: readonly FoundClip[], ready: Map<FoundClip, Clip>, skipped: Skipped[]): Promise<void> {
    const total = missing.reduce((sum, { expected }) => sum + expected, 0);
    this.#say(`MobileNet computes the features of ${plural(missing.length, "clip")}, about ${plural(total, "frame")}:`);
    let done = 0;
    await withProgress(this.screen, total, "frame", async (progress) => {
      for (const clip of missing) {
        const onFrames = (n: number) => progress.update(Math.min(total, (done += n)));
        try {
          ready.set(clip, await this.#compute(clip, onFrames));
        } catch (error) {
          const { path, reason } = skippedBecause(error, clip.path, this.context.signal);
          skipped.push({ path, reason });
          progress.note(`${path} skipped: ${reason}`);
        }
      }
    });
  }

  async #compute(clip: FoundClip, onFrames: (count: number) => void): Promise<Clip> {
    if (!clip.isWhole) {
      const features = await this.#write(clip, false, this.#framesAtRate(clip), onFrames);
      if (features.numFrames >= this.context.frames) return clipOf(clip, features, false);
      await rm(features.path, { force: true }); // shorter than its header says
    }
    return clipOf(clip, await this.#write(clip, true, this.#framesEvenly(clip), onFrames), true);
  }

  async *#framesAtRate({ path }: FoundClip): AsyncGenerator<Uint8Array> {
    const { films, signal } = this.context;
    for await (const { rgb } of films.readFrames(path, { rate: rateOf(this.context), size, signal })) yield rgb;
  }

  async *#framesEvenly({ path }: FoundClip): AsyncGenerator<Uint8Array> {
    const { films, frames: numFrames, signal } = this.context;
    const { frames } = await films.readClip(path, { frames: numFrames, size, signal });
    for (let i = 0; i < numFrames; i++) yield frames.subarray(i * size * size * 3, (i + 1) * size * size * 3);
  }

  /** Frames whose features an interrupted run has left are decoded again, which is fast, and skipped. */
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
      const extractGroup = async () => {
        await writer.append(await this.extractor.extract(group));
        onFrames(group.length);
        group = [];
        this.context.signal.throwIfAborted();
      };
      for await (const frame of frames) {
        if (behind-- > 0) onFrames(1);
        else if (group.push(frame) === groupFrames) await extractGroup();
      }
      if (group.length > 0) await extractGroup();
      if (writer.numFrames === 0) throw new FileError(`${clip.path}: no frame could be read.`);
      return await writer.finish();
    } catch (error) {
      await (this.context.signal.aborted ? writer.pause() : writer.discard());
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
