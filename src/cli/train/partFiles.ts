/**
 * Unfinished files in the cache. `NAME.OWNER-RANDOM.part` becomes the file NAME when it is finished. Its owner is a process,
 * `PID@HOST`, or "free" where that has ended in order. Each process writes to a file of its own; it continues one that was
 * left by a dead process by giving it its own name, in which only one process can succeed.
 */
import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { readdir, rename, stat, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

const hourMs = 3600e3;
const dayMs = 24 * hourMs;

const random = (): string => Math.random().toString(36).slice(2);

/** Containers and machines that share a folder number their processes each for itself. */
const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

const partOf = (path: string, owner: string): string => `${path}.${owner}-${random()}.part`;

/** The names of the parts that this process has claimed. Where it is the first of its container, one before it had its number. */
const own = new Set<string>();

const ownerPattern = /\.(free|(\d+)@([0-9a-f]{8}))-[0-9a-z]+\.part$/;

/**
 * The path of a new part of the file at `path`, for this process. A part that a dead process has left is there already;
 * of several, the longest, and the others are deleted.
 */
export async function claimPart(path: string): Promise<{ part: string; isNew: boolean }> {
  const part = partOf(path, `${process.pid}@${host}`);
  own.add(basename(part));
  let isNew = true;
  for (const left of await leftParts(path)) {
    if (isNew)
      isNew = await rename(left, part).then(() => false, () => true); // prettier-ignore
    else await unlink(left).catch(() => {}); // another process may have claimed it
  }
  return { part, isNew };
}

/** Lets another process, or this one later, continue a part. */
export const freePart = (path: string, part: string): Promise<void> =>
  rename(part, partOf(path, "free")).catch(() => {});

/** The parts of a file whose owners are dead, the longest first. */
async function leftParts(path: string): Promise<string[]> {
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(`${basename(path)}.`));
  const found = await Promise.all(
    names.map(async (name) => {
      const part = join(dirname(path), name);
      const stats = await stat(part).catch(() => undefined);
      return stats && isLeft(name, stats) ? [{ part, bytes: stats.size }] : [];
    }),
  );
  return found
    .flat()
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ part }) => part);
}

/** Whether a part has no living owner. Whether a process of another machine lives cannot be asked. */
function isLeft(name: string, stats: Stats): boolean {
  const [, owner, pid, machine] = ownerPattern.exec(name) ?? [];
  if (owner === undefined) return false;
  if (machine === host && Number(pid) === process.pid) return !own.has(basename(name));
  return machine === host ? !isAlive(Number(pid)) : owner === "free" || isOlder(stats, hourMs);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it lives, and belongs to somebody else
  }
}

const isOlder = ({ mtimeMs }: Stats, ageMs: number): boolean => Date.now() - mtimeMs > ageMs;

/** Whether another run may be writing a file: an unfinished one of the last day whose owner is not known to be dead. */
export const isInUse = (path: string, stats: Stats): boolean =>
  path.endsWith(".part") && !isOlder(stats, dayMs) && !isLeft(path, stats);

/** Unfinished files of the cache, those of earlier versions included. */
const cachePart = /^([0-9a-f]{64}\.(features|checkpoint))(\.[0-9a-z@-]+)?\.part$/;

/**
 * Deletes unfinished files that nobody will continue: those that nobody has written to for a day, and those that dead
 * processes have left of files that others have finished. Returns the number of the former.
 */
export async function deleteOldParts(folder: string): Promise<number> {
  const names = new Set(await readdir(folder).catch(() => []));
  let count = 0;
  for (const name of names) {
    const [, finished] = cachePart.exec(name) ?? [];
    if (finished === undefined) continue;
    const path = join(folder, name);
    const stats = await stat(path).catch(() => undefined);
    if (!stats?.isFile()) continue;
    const isOld = isOlder(stats, dayMs);
    if (!isOld && !(names.has(finished) && isLeft(name, stats))) continue;
    if (await unlink(path).then(() => isOld, () => false)) count++; // prettier-ignore
  }
  return count;
}
