/** Reading and writing files where there is a file system: in Node, Deno and Bun. */
import { FileError } from "../errors.js";
import { type FileHandle, type FileSystem, fileSystem, hostModule } from "../host.js";

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
 * Writes a file under a temporary name and renames it when all bytes are on the disk: whatever interrupts it, the path
 * holds either the whole old file or the whole new one.
 * @throws FileError where it cannot be written; the old file is unchanged then.
 */
export async function writeFile(path: string | URL, pieces: readonly Uint8Array[]): Promise<void> {
  const { promises: files } = requireFileSystem(String(path));
  // The target of a symbolic link is replaced, not the link.
  const target = await files.realpath(pathOf(path)).catch(() => pathOf(path));
  const mode = await files.stat(target).then((stats) => stats.mode & 0o777, () => undefined); // prettier-ignore
  const beside = `${target}.${Math.random().toString(36).slice(2)}.part`;
  const handle = await files.open(beside, "wx", mode).catch((error) => {
    throw fileError(path, "written", error);
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
    throw fileError(path, "written", error);
  }
}

async function writeAll(handle: FileHandle, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.length;) {
    done += (await handle.write(piece, done, piece.length - done)).bytesWritten;
  }
}

const fileError = (path: string | URL, how: string, error: unknown): FileError =>
  new FileError(`${String(path)}: cannot be ${how} (${(error as Error).message}).`, { cause: error });
