/** Features of clips: computed once, kept by content. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { FileError } from "../../index.js";
import { MissingProgramError, type Skipped } from "../../node/index.js";
import { printable } from "../../printable.js";
import { skippedBecause } from "../clipsAt.js";
import type { Films } from "../films.js";
import { withProgress } from "../progress.js";
import { longestLine, plural, type Screen } from "../terminal.js";
import { CacheError } from "./cacheError.js";
import { type FeatureExtractor, featureElements, groupFrames } from "./featureExtractor.js";
import { type FeatureFile, FeatureWriter, openFeatures } from "./featureFile.js";
import { rateOf, size } from "./options.js";
import { deleteOldParts } from "./partFiles.js";
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

/** As `skippedBecause`. @throws the error also where every other clip would have it: without ffmpeg, or on a full disk. */
function skippedOr(error: unknown, path: string, signal: AbortSignal): Skipped {
  if (error instanceof CacheError || error instanceof MissingProgramError) throw error;
  return skippedBecause(error, path, signal);
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
        const content = await context.films.contentHash(path, { signal: context.signal });
        const same = seen.get(content);
        if (same === undefined) found.push({ path, label, content, ...length });
        else skipped.push({ path, reason: `the same content as ${same}` });
        seen.set(content, same ?? path);
      } catch (error) {
        skipped.push(skippedOr(error, path, context.signal));
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
    const old = await deleteOldParts(this.folder);
    if (old > 0) this.#say(`${plural(old, "unfinished file")} of the cache, older than a day, deleted.`);
    const ready = new Map<FoundClip, Clip>();
    await withProgress(this.screen, found.length, "clip", async (progress) => {
      for (const [i, clip] of found.entries()) {
        progress.update(i, "looking for kept features");
        const kept = await this.#kept(clip, (line) => progress.note(line));
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

  /** The file's name is a hash of all that the features depend on: content, sampling, size, and how they are computed. */
  #path({ content }: FoundClip, isWhole: boolean): string {
    const { frames } = this.context;
    const how = isWhole ? `${frames} frames evenly` : `${rateOf(this.context)} frames a second`;
    const key = JSON.stringify([content, how, size, this.extractor.hash]);
    return join(this.folder, `${createHash("sha256").update(key).digest("hex")}.features`);
  }

  /** The features of a clip that are there, in the sampling that is expected or the other one. */
  async #kept(clip: FoundClip, say: (line: string) => void): Promise<Clip | undefined> {
    for (const isWhole of [clip.isWhole, !clip.isWhole]) {
      this.context.signal.throwIfAborted();
      const features = await openFeatures(this.#path(clip, isWhole), featureElements, this.context.signal);
      if (typeof features === "object" && features.numFrames >= this.context.frames) {
        return clipOf(clip, features, isWhole);
      }
      const what = features === "broken" ? "are damaged" : features === "foreign" && "belong to another clip or build";
      if (what) say(`The kept features of ${printable(clip.path, longestLine)} ${what}; they are computed again.`);
    }
    return undefined;
  }

  async #computeAll(missing: readonly FoundClip[], ready: Map<FoundClip, Clip>, skipped: Skipped[]): Promise<void> {
    const total = missing.reduce((sum, { expected }) => sum + expected, 0);
    this.#say(`MobileNet computes the features of ${plural(missing.length, "clip")}, about ${plural(total, "frame")}:`);
    let done = 0;
    await withProgress(this.screen, total, "frame", async (progress) => {
      for (const clip of missing) {
        const onFrames = (n: number) => progress.update(Math.min(total, (done += n)));
        try {
          const finished = await this.#kept(clip, () => {}); // by another process, meanwhile
          if (finished) onFrames(clip.expected);
          ready.set(clip, finished ?? (await this.#compute(clip, onFrames)));
        } catch (error) {
          const { path, reason } = skippedOr(error, clip.path, this.context.signal);
          skipped.push({ path, reason });
          progress.note(printable(`${path} skipped: ${reason}`, longestLine));
        }
      }
    });
  }

  async #compute(clip: FoundClip, onFrames: (count: number) => void): Promise<Clip> {
    const atRate = clip.isWhole ? undefined : await this.#write(clip, false, onFrames);
    if (atRate) return clipOf(clip, atRate, false);
    const features = await this.#write(clip, true, onFrames);
    if (features) return clipOf(clip, features, true);
    throw new FileError(`${clip.path}: no frame could be read.`);
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

  /** Computes the features; undefined if the clip turns out to be shorter than a window. */
  async #write(clip: FoundClip, isWhole: boolean, onFrames: (count: number) => void): Promise<FeatureFile | undefined> {
    const { signal, frames } = this.context;
    const writer = await FeatureWriter.open(this.#path(clip, isWhole), featureElements, groupFrames, signal);
    const read = () => (isWhole ? this.#framesEvenly(clip) : this.#framesAtRate(clip));
    try {
      if (!(await this.#append(writer, read(), onFrames))) {
        await writer.clear();
        await this.#append(writer, read(), onFrames);
      }
      if (writer.numFrames >= frames) {
        await this.#checkUnchanged(clip);
        return await writer.finish();
      }
      await writer.discard();
      return undefined;
    } catch (error) {
      await (signal.aborted || error instanceof CacheError ? writer.pause() : writer.discard());
      throw error;
    }
  }

  /** The features are kept for the content whose hash was taken before: it must be what the decoder has read. */
  async #checkUnchanged({ path, content }: FoundClip): Promise<void> {
    const { films, signal } = this.context;
    if ((await films.contentHash(path, { signal })) === content) return;
    throw new FileError(`${path}: was changed while it was being read; run again when it is complete.`);
  }

  /**
   * Frames whose features an interrupted run has left are decoded again, which is fast, and skipped. Returns false if they
   * have other pixels: the file was changed during that run.
   */
  async #append(
    writer: FeatureWriter,
    frames: AsyncIterable<Uint8Array>,
    onFrames: (count: number) => void,
  ): Promise<boolean> {
    let group: Uint8Array[] = [];
    const extractGroup = async () => {
      await writer.append(await this.extractor.extract(group), group);
      onFrames(group.length);
      group = [];
      this.context.signal.throwIfAborted();
    };
    let seen = 0;
    for await (const frame of frames) {
      if (seen >= writer.left.length) {
        if (group.push(frame) === groupFrames) await extractGroup();
      } else if (writer.isLeft(seen, frame)) onFrames(1);
      else return false;
      seen++;
    }
    if (seen < writer.left.length) return false;
    if (group.length > 0) await extractGroup();
    return true;
  }
}

const clipOf = ({ path, label }: FoundClip, features: FeatureFile, isWhole: boolean): Clip => ({
  path,
  label,
  features,
  isWhole,
});
