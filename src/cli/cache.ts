/** `zoetrope cache`: says what is kept in the user's cache folder, and deletes it. */
import { readdir, rmdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "../index.js";
import { userCacheFolder } from "../node/index.js";
import { printableName } from "../printable.js";
import type { Outcome } from "./outcome.js";
import { plural, type Screen } from "./terminal.js";
import { cacheFolder } from "./train/cacheFolder.js";
import { isInUse } from "./train/partFiles.js";

/** What is kept, by the names of the files, some of which are unfinished (`.part`). No other file is ever deleted. */
const kinds = [
  {
    name: "weights",
    folder: userCacheFolder,
    pattern: /^mobilenet_\d_\d+_\d{3}_tf(_no_top)?(-[0-9a-f]{16})?\.h5(\.sha256)?(\.[0-9a-z]+\.part)?$/,
    purpose: "MobileNet's; downloaded again when needed",
  },
  {
    name: "features",
    folder: cacheFolder,
    pattern: /^[0-9a-f]{64}\.features((\.[0-9a-z@-]+)?\.part)?$/,
    purpose: "of the clips that train has read; computed again when needed",
  },
  {
    name: "checkpoints",
    folder: cacheFolder,
    pattern: /^[0-9a-f]{64}\.checkpoint(\.previous)?(\.[0-9a-z]+\.part)?$/,
    purpose: "of trainings that were interrupted; the same commands go on from them",
  },
] as const;

interface Kept {
  name: (typeof kinds)[number]["name"];
  purpose: string;
  paths: string[];
  bytes: number;
  /** Those of `paths` that another run is writing. */
  inUse: string[];
}

/** Lists what is kept, with its size; with `clear`, deletes it afterwards. @throws FileError when that fails. */
export async function showCache(screen: Screen, clear: boolean): Promise<Outcome> {
  const folder = userCacheFolder();
  const all = await Promise.all(kinds.map(keptOf));
  const kept = all.filter(({ paths }) => paths.length > 0);
  const [files, bytes] = [sum(kept.map(({ paths }) => paths.length)), sum(kept.map((kind) => kind.bytes))];
  if (files === 0) screen.write(`${printableName(folder)}: nothing is kept there.\n`);
  else
    screen.write(`${printableName(folder)}: ${plural(files, "file")}, ${sizeText(bytes)}\n${kept.map(row).join("")}`);
  const inUse = kept.reduce((sum, kind) => sum + kind.inUse.length, 0);
  if (clear) await deleteAll(kept);
  const but = inUse === 0 ? "" : `, but for ${plural(inUse, "file")} that a run is writing, or was within a day`;
  if (files > 0) screen.write(clear ? `Deleted${but}.\n` : "To delete them: zoetrope cache clear\n");
  const figures = kept.map(({ name, paths, bytes }) => [name, { files: paths.length, bytes }]);
  return { json: { folder, files, bytes, ...Object.fromEntries(figures), deleted: clear } };
}

/** The files of a kind; a link is not one of them, as what it leads to is the user's. */
async function keptOf({ name, folder, pattern, purpose }: (typeof kinds)[number]): Promise<Kept> {
  try {
    const entries = await readdir(folder(), { withFileTypes: true });
    const own = entries.filter((entry) => entry.isFile() && pattern.test(entry.name));
    const paths = own.map((entry) => join(folder(), entry.name));
    const stats = await Promise.all(paths.map((path) => stat(path)));
    const inUse = paths.filter((path, i) => isInUse(path, stats[i]));
    return { name, purpose, paths, bytes: sum(stats.map(({ size }) => size)), inUse };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { name, purpose, paths: [], bytes: 0, inUse: [] };
    throw new FileError(`${folder()}: cannot be read (${code}); expected the folder of Zoetrope's cache.`);
  }
}

/** Deletes the files that are not in use, and then the folders that are empty. */
async function deleteAll(kept: readonly Kept[]): Promise<void> {
  for (const path of kept.flatMap(({ paths, inUse }) => paths.filter((path) => !inUse.includes(path)))) {
    await unlink(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return; // another run was faster
      throw new FileError(`${path}: cannot be deleted (${error.code}); delete it by other means.`);
    });
  }
  for (const folder of [cacheFolder(), userCacheFolder()]) await rmdir(folder).catch(() => {}); // others' files are in it
}

const row = ({ name, purpose, paths, bytes }: Kept): string =>
  `  ${name.padEnd(11)}  ${plural(paths.length, "file").padStart(10)}  ${sizeText(bytes).padStart(10)}  ${purpose}\n`;

const sizeText = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0);
