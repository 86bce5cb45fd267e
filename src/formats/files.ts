/** Reading and writing files where there is a file system: in Node, Deno and Bun. */
import { FileError } from "../errors.js";
import { type FileHandle, type FileStats, type FileSystem, fileSystem, hostModule } from "../host.js";
import { printable } from "../printable.js";

/** @throws FileError where there is no file system. */
function requireFileSystem(path: string): FileSystem {
  const found = fileSystem();
  if (found) return found;
  throw new FileError(`${path}: there is no file system here; give bytes, a URL or a stream.`);
}

/** The path of a `file:` URL; a path stays as it is. */
const pathOf = (path: string | URL): string =>
  path instanceof URL ? (hostModule("node:url") as { fileURLToPath(url: URL): string }).fileURLToPath(path) : path;

/** The bytes of a file, piece by piece. @throws FileError where it cannot be read. */
export async function* readFile(path: string | URL): AsyncGenerator<Uint8Array> {
  try {
    yield* requireFileSystem(String(path)).createReadStream(path);
  } catch (error) {
    throw error instanceof FileError ? error : fileError(path, "read", error);
  }
}

/**
 * Writes a file under a temporary name beside it and renames it when all bytes are on the disk: whatever interrupts it, the
 * path holds either the whole old file or the whole new one. The new file has the mode and, where that is allowed, the owner
 * of the old one. Only plain files are replaced: a link is followed, and a device or pipe is written into. A file that may not
 * be replaced, such as a mount, is overwritten while the temporary file, which is whole, stays beside it.
 * @throws FileError where it cannot be written. The old file is unchanged then, or the message names the whole copy.
 */
export async function writeFile(path: string | URL, pieces: readonly Uint8Array[]): Promise<void> {
  const { promises: files } = requireFileSystem(String(path));
  let beside: string | undefined;
  try {
    const old = await files.stat(pathOf(path)).catch(() => undefined);
    if (old?.isDirectory()) throw new Error("it is a folder; give the path of a file in it");
    if (old && !old.isFile()) return await writeInto(files, pathOf(path), pieces, "w");
    const target = await realTarget(pathOf(path));
    beside = `${target}.${Math.random().toString(36).slice(2)}.part`;
    await writeInto(files, beside, pieces, "wx", old);
    await files.rename(beside, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EBUSY") throw error;
      return overwrite(files, target, beside!, pieces);
    });
  } catch (error) {
    if (beside !== undefined && !(error instanceof KeptCopyError)) await files.unlink(beside).catch(() => {});
    throw fileError(path, "written", error);
  }
}

/** Thrown where a file is damaged and its whole copy is kept. */
class KeptCopyError extends Error {}

/** Overwrites a file of which there is a whole copy, and deletes the copy. @throws KeptCopyError which names the copy. */
async function overwrite(
  files: FileSystem["promises"],
  target: string,
  copy: string,
  pieces: readonly Uint8Array[],
): Promise<void> {
  await writeInto(files, target, pieces, "w").catch((error: Error) => {
    throw new KeptCopyError(`${error.message}; the whole file is ${copy}`, { cause: error });
  });
  await files.unlink(copy).catch(() => {}); // one copy too many is no failure
}

/** The path that links lead to, also where there is nothing yet. @throws Error where they lead in a circle, or nowhere. */
export async function realTarget(path: string): Promise<string> {
  const { realpath, readlink } = requireFileSystem(path).promises;
  const { basename, dirname, join, resolve } = hostModule("node:path") as {
    basename(path: string): string;
    dirname(path: string): string;
    join(...paths: string[]): string;
    resolve(...paths: string[]): string;
  };
  for (let at = path; ;) {
    try {
      return await realpath(at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    const to = await readlink(at).catch(() => undefined);
    if (to === undefined) return join(await realpath(dirname(at)), basename(at));
    at = resolve(dirname(at), to);
  }
}

/** Writes bytes to a path, and waits until they are on the disk. `old`: the file whose mode and owner a new file gets. */
async function writeInto(
  files: FileSystem["promises"],
  path: string,
  pieces: readonly Uint8Array[],
  flags: "w" | "wx",
  old?: FileStats,
): Promise<void> {
  const handle = await files.open(path, flags, old && old.mode & 0o777);
  try {
    if (old) {
      await handle.chown(old.uid, old.gid).catch(() => {}); // only root may give a file away
      await handle.chmod(old.mode & 0o7777).catch(() => {}); // the mode above is cut by the process's mask
    }
    for (const piece of pieces) await writeAll(handle, piece);
    await handle.sync().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EINVAL") throw error; // devices and pipes cannot be synchronized
    });
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.length;) {
    const { bytesWritten } = await handle.write(piece, done, piece.length - done);
    if (bytesWritten === 0) throw new Error("no byte more could be written");
    done += bytesWritten;
  }
}

const fileError = (path: string | URL, how: string, error: unknown): FileError =>
  new FileError(printable(`${String(path)}: cannot be ${how} (${(error as Error).message}).`, Infinity), {
    cause: error,
  });
