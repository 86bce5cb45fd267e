/**
 * The files that a command writes. Before its work they are checked: whatever would fail after the work is said at once. What was
 * there before is never lost: unless it is a report of an earlier run, it is kept beside, as NAME.bak.
 */
import { fstatSync } from "node:fs";
import { access, constants, copyFile, link, mkdir, open, stat, unlink } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import { realTarget } from "../formats/files.js";
import { FileError } from "../index.js";
import { contentHash, userCacheFolder } from "../node/index.js";
import { printableName } from "../printable.js";
import { reasonOf } from "./systemErrors.js";
import { canMove, clearLine, type Screen } from "./terminal.js";
import { UsageError } from "./usage.js";

/** A file that a command will write. */
export interface Output {
  path: string;
  /** What is written, for errors: "the model". */
  what: string;
  /** What a user can do where it cannot be written: "give another place with --out". */
  advice: string;
  /** About how many bytes it will have. */
  bytes: number;
}

// ── before the work ──────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Checks that the files can be written, and that each is another file than the others, the inputs and the standard output, whatever
 * links lead there.
 * @throws UsageError for one file under two names; FileError for a place where nothing can be written.
 */
export async function checkOutputs(outputs: readonly Output[], inputs: readonly string[] = []): Promise<void> {
  const seen = new Map<string, string>();
  for (const path of inputs) for (const key of await identityOf(path)) seen.set(key, path);
  for (const { path } of outputs) {
    if (await isStandardOutput(path)) {
      throw new UsageError(
        `${printableName(path)} is the standard output, which gets what this command says; give a file.`,
      );
    }
    const target = await realTarget(path).catch(() => path); // checkPlace says what is wrong
    const keys = await identityOf(path);
    // Some file systems do not tell upper from lower case, nor the ways to write an accent.
    if (!(await isDevice(path))) keys.push(target.normalize().toLowerCase());
    const other = keys.map((key) => seen.get(key)).find((found) => found !== undefined);
    if (other !== undefined) {
      const names = other === path ? `${printableName(path)} would be` : `${printableName(path)} is the same file as ${printableName(other)}, and would be`;
      throw new UsageError(`${names} overwritten by what this command writes; give it another name.`);
    } // prettier-ignore
    for (const key of keys) seen.set(key, path);
  }
  for (const output of outputs) await checkPlace(output);
}

/** What tells a plain file from all others, whatever names it has: none for devices and what is not there. */
async function identityOf(path: string): Promise<string[]> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats?.isFile() && stats.ino !== 0n ? [`${stats.dev}:${stats.ino}`] : [];
}

/** Whether a path leads to a device or pipe, into which is written. */
export const isDevice = async (path: string): Promise<boolean> => {
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && !stats.isFile() && !stats.isDirectory();
};

/** Whether a path leads to the file or pipe that is the standard output; a terminal or /dev/null may be both. */
async function isStandardOutput(path: string): Promise<boolean> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  if (!stats || stats.ino === 0n || !(stats.isFile() || stats.isFIFO() || stats.isSocket())) return false;
  try {
    const own = fstatSync(1, { bigint: true });
    return own.dev === stats.dev && own.ino === stats.ino;
  } catch {
    return false; // it is closed
  }
}

async function checkPlace({ path, what, advice, bytes }: Output): Promise<void> {
  try {
    if (await isDevice(path)) return await access(path, constants.W_OK); // a pipe has no folder, as /dev/fd/63
    const target = await realTarget(path);
    const old = await stat(target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    if (old?.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR", syscall: "open" });
    if (old) await access(target, constants.W_OK);
    await takeSpace(target, bytes);
  } catch (error) {
    const why = reasonOf(error).replace(/^(ENOENT): .*/, "$1: its folder does not exist");
    throw new FileError(`${printableName(path)}: ${what} cannot be written there (${why}); ${advice}.`);
  } // prettier-ignore
}

const piece = new Uint8Array(1 << 20);
/** More is not written only to see whether there is room. */
const mostBytes = 1 << 28;

/**
 * Writes so many bytes beside a path: a full disk and a locked folder are found by that. The file has no name while it grows,
 * so that nothing is left of it, whatever interrupts this.
 */
async function takeSpace(target: string, bytes: number): Promise<void> {
  const beside = `${target}.${Math.random().toString(36).slice(2)}.part`;
  const file = await open(beside, "wx");
  try {
    await unlink(beside);
    for (let left = Math.min(bytes, mostBytes); left > 0; left -= piece.length)
      await file.appendFile(piece.subarray(0, left));
  } finally {
    await file.close(); // some file systems only now say that there is no room
  }
}

// ── after the work ───────────────────────────────────────────────────────────────────────────────────────────────────

/** The sign in the reports and pictures that the command writes; one of them may be replaced by another. */
const ownSign = /<meta name="generator" content="zoetrope">|tEXtSoftware\0zoetrope/;
const signWithin = 1024;

/**
 * Writes a file by `write`. An older file there, of other bytes, is kept as NAME.bak, which is said; a report or picture of an earlier run is replaced.
 * @throws FileError where that fails; the older file is unchanged then.
 */
export async function writeOutput(screen: Screen, path: string, write: (path: string) => Promise<void>): Promise<void> {
  const kept = await keepOlder(path).catch((error: unknown) => {
    throw new FileError(`${printableName(path)}: the older file cannot be kept beside it (${reasonOf(error)}).`);
  });
  try {
    await write(path);
  } catch (error) {
    if (kept?.isLink) await unlink(kept.path).catch(() => {}); // the older file has its own name still
    throw error;
  }
  if (kept && (await haveSameBytes(kept.path, path))) await unlink(kept.path);
  else if (kept)
    screen.write(
      `${canMove(screen) ? clearLine : ""}The older ${printableName(basename(path))} is kept as ${printableName(kept.path)}.\n`,
    );
}

/** Keeps what is at a path under a name that is free. Returns undefined where nothing is to be kept. */
async function keepOlder(path: string): Promise<{ path: string; isLink: boolean } | undefined> {
  if (await isDevice(path)) return undefined;
  const target = await realTarget(path);
  const old = await stat(target).catch(() => undefined);
  if (!old?.isFile() || old.size === 0 || (await isOwn(target))) return undefined;
  for (let number = 1; ; number++) {
    const kept = `${target}.bak${number === 1 ? "" : number}`;
    try {
      return { path: kept, isLink: await linkOrCopy(target, kept) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** Gives a file a second name, or a copy where that is not possible. Returns whether it is a link. */
async function linkOrCopy(from: string, to: string): Promise<boolean> {
  // Windows may overwrite a file that is in use, and not replace it: a link would show the new bytes.
  if (process.platform !== "win32") {
    const made = await link(from, to).then(() => true, (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") throw error;
    }); // prettier-ignore
    if (made) return true;
  }
  await copyFile(from, to, constants.COPYFILE_EXCL);
  return false;
}

/** Whether two files are the same, as after a training that was repeated. */
async function haveSameBytes(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(a), stat(b)]);
  return one.size === other.size && (await contentHash(a)) === (await contentHash(b));
}

async function isOwn(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(signWithin), 0, signWithin, 0);
    return ownSign.test(buffer.toString("latin1", 0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Thrown where a file is not in the place where it was to be. */
export class SaveError extends FileError {
  constructor(
    message: string,
    /** Where it is; undefined where it could not be written at all. */
    readonly path?: string,
  ) {
    super(message);
  }
}

/**
 * Writes what took long to make: as `writeOutput`, and where that fails, into the first folder that can be written of the current one,
 * the user's own, that of the cache and that of temporary files.
 * @throws SaveError with the place, where it is another one, and where nothing can be written anywhere.
 */
export async function writePrecious(screen: Screen, path: string, write: (path: string) => Promise<void>): Promise<void> {
  try {
    await writeOutput(screen, path, write);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    for (const folder of [() => process.cwd(), homedir, userCacheFolder, tmpdir]) {
      const other = await writeInto(folder, basename(path), write).catch(() => undefined);
      if (other === undefined) continue;
      throw new SaveError(`${error.message.replace(/\.$/, "")}; it is in ${printableName(other)} instead.`, other);
    }
    throw new SaveError(error.message);
  }
} // prettier-ignore

/** Writes a file of a new name into a folder. Returns its path. */
async function writeInto(folderOf: () => string, name: string, write: (path: string) => Promise<void>): Promise<string> {
  const folder = folderOf();
  await mkdir(folder, { recursive: true });
  const [ending, exists] = [extname(name), (path: string) => access(path).then(() => true, () => false)];
  const stem = join(folder, basename(name, ending));
  let path = stem + ending;
  for (let number = 2; await exists(path); number++) path = `${stem}-${number}${ending}`;
  await write(path);
  return path;
} // prettier-ignore
