/** Where checkpoints lie: as files, or in a page in IndexedDB. Beside the newest is always the one before it. */
import { FileError } from "../errors.js";
import { type FileSystem, fileSystem, hostModule } from "../host.js";
import { concatBytes } from "./bytes.js";
import { readFile, writeFile } from "./files.js";

/** The newest checkpoint is 0, the one before it 1. */
export type Age = 0 | 1;

/**
 * Where a checkpoint and the one before it lie. `checkpointAt` makes one of a path; write one of your own to keep them
 * elsewhere.
 */
export interface CheckpointStore {
  /** What messages call the newest checkpoint and the one before it. */
  readonly names: readonly [newest: string, previous: string];
  /** Gives the bytes of the newest checkpoint (0) or the one before it (1); undefined where there is none. */
  read(age: 0 | 1): Promise<Uint8Array | undefined>;
  /**
   * Writes a checkpoint in pieces, one behind the other; the newest so far becomes the one before it. Whatever interrupts this,
   * one of the two must be whole.
   */
  write(pieces: readonly Uint8Array[]): Promise<void>;
  /** Deletes one, if it is there. */
  remove(age: 0 | 1): Promise<void>;
}

/** The store at a path, where there is a file system, otherwise under a name in the page's IndexedDB. */
export function storeAt(place: string): CheckpointStore {
  if (fileSystem()) return fileStore(place, true);
  if ("indexedDB" in globalThis) return databaseStore(place);
  throw new FileError(`${place}: there is neither a file system nor IndexedDB here; give a store of your own.`);
}

/** A file, and the one before it as `.previous`. @param makesFolder whether its folder is made, false by default. */
export function fileStore(path: string, makesFolder = false): CheckpointStore {
  const names = [path, `${path}.previous`] as const;
  const files = fileSystem()?.promises;
  if (!files) throw new FileError(`${path}: there is no file system here, which checkpoints need.`);
  return {
    names,
    async read(age) {
      const pieces: Uint8Array[] = [];
      try {
        for await (const piece of readFile(names[age])) pieces.push(piece);
      } catch (error) {
        if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT") return undefined;
        throw error;
      }
      return concatBytes(pieces);
    },
    async write(pieces) {
      if (makesFolder) await makeFolder(files, path);
      await files.rename(...names).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return; // it is the first
        throw new FileError(`${path}: cannot be renamed (${error.message}).`, { cause: error });
      });
      await writeFile(path, pieces);
    },
    remove: (age) => files.unlink(names[age]).catch(() => {}),
  };
}

async function makeFolder(files: FileSystem["promises"], path: string): Promise<void> {
  const { dirname } = hostModule("node:path") as { dirname(path: string): string };
  await files.mkdir(dirname(path), { recursive: true }).catch((error: Error) => {
    throw new FileError(`${path}: its folder cannot be made (${error.message}).`, { cause: error });
  });
}

// ── IndexedDB ────────────────────────────────────────────────────────────────────────────────────────────────────────

const table = "checkpoints";

/** Both under names in one table; a transaction changes both or none. */
function databaseStore(name: string): CheckpointStore {
  const names = [name, `${name}.previous`] as const;
  const read = (age: Age) =>
    inDatabase(name, "readonly", (all) => all.get(names[age])) as Promise<Uint8Array | undefined>;
  return {
    names,
    read,
    async write(pieces) {
      const [newest, bytes] = [await read(0), concatBytes(pieces)];
      await inDatabase(name, "readwrite", (all) => {
        if (newest) all.put(newest, names[1]);
        all.put(bytes, name);
      });
    },
    remove: (age) => inDatabase(name, "readwrite", (all) => all.delete(names[age])).then(() => {}),
  };
}

/** Does something in one transaction, and waits until its changes are on the disk. @throws FileError */
async function inDatabase(
  name: string,
  mode: IDBTransactionMode,
  work: (all: IDBObjectStore) => { readonly result: unknown } | void,
): Promise<unknown> {
  const opening = indexedDB.open("zoetrope", 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(table);
  try {
    const database = await new Promise<IDBDatabase>((done, fail) => {
      opening.onsuccess = () => done(opening.result);
      opening.onerror = () => fail(opening.error!);
    });
    try {
      const transaction = database.transaction(table, mode, { durability: "strict" });
      const request = work(transaction.objectStore(table));
      return await new Promise((done, fail) => {
        transaction.oncomplete = () => done(request?.result);
        transaction.onabort = () => fail(transaction.error ?? new Error("the transaction was aborted"));
      });
    } finally {
      database.close();
    }
  } catch (error) {
    const { name: kind, message } = error as Error;
    const how = mode === "readonly" ? "read" : "changed";
    throw new FileError(`${name}: cannot be ${how} in IndexedDB (${kind}: ${message}).`, { cause: error });
  }
}
