/** Files where there is a file system (Node, Deno, Bun). */
import { FileError } from "../errors.js";
import { type FileHandle, type FileSystem, fileSystem, hostModule } from "../host.js";

/** @throws FileError where there is no file system. */
function needFileSystem(path: string): FileSystem {
  const found = fileSystem();
  if (found) return found;
  throw new FileError(`${path}: there is no file system here; give bytes, a URL or a stream.`);
}

/** A path as itself, a file: URL as its path. */
const pathOf = (path: string | URL): string =>
  path instanceof URL ? (hostModule("node:url") as { fileURLToPath(url: URL): string }).fileURLToPath(path) : path;

/** The bytes of a file, piece by piece. @throws FileError where it cannot be read. */
export async function* readFile(path: string | URL): AsyncGenerator<Uint8Array> {
  try {
    yield* needFileSystem(String(path)).createReadStream(path);
  } catch (error) {
    throw error instanceof FileError ? error : unusable(path, "read", error);
  }
}

/**
 * Writes beside the file and renames at the end, when the bytes are on the disk: whatever interrupts it, the path holds the
 * old file or the new one, whole.
 * @throws FileError where it cannot be written; the old file is there then.
 */
export async function writeFile(path: string | URL, pieces: readonly Uint8Array[]): Promise<void> {
  const { promises: files } = needFileSystem(String(path));
  // What a link points to is replaced, not the link.
  const target = await files.realpath(pathOf(path)).catch(() => pathOf(path));
  const mode = await files.stat(target).then((stats) => stats.mode & 0o777, () => undefined); // prettier-ignore
  const beside = `${target}.${Math.random().toString(36).slice(2)}.part`;
  const handle = await files.open(beside, "wx", mode).catch((error) => {
    throw unusable(path, "written", error);
  });
  try {
    try {
      for (const piece of pieces) await writeAll(handle, piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await files.rename(beside, target);
  } catch (error) {
    await files.unlink(beside).catch(() => {});
    throw unusable(path, "written", error);
  }
}

async function writeAll(handle: FileHandle, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.length;) {
    done += (await handle.write(piece, done, piece.length - done)).bytesWritten;
  }
}

const unusable = (path: string | URL, how: string, error: unknown): FileError =>
  new FileError(`${String(path)}: cannot be ${how} (${(error as Error).message}).`, { cause: error });
