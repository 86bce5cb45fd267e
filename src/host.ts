/** The API of the host (Node, Deno, Bun) beyond that of the web. It is looked up at run time, so that a bundler has nothing to resolve. */
interface Host {
  process?: { getBuiltinModule?: (name: string) => unknown };
}

/** A module of Node, such as "node:fs"; undefined in a page. */
export const hostModule = (name: string): unknown => (globalThis as Host).process?.getBuiltinModule?.(name);

/** Whether this is the main thread of a page, which must not be held up and may not wait for other threads. */
export const isPage = "document" in globalThis;

/** The parts of "node:fs" that are used. */
export interface FileSystem {
  createReadStream(path: string | URL): AsyncIterable<Uint8Array>;
  promises: {
    readFile(path: string | URL): Promise<Uint8Array>;
    mkdir(path: string, options: { recursive: boolean }): Promise<unknown>;
    open(path: string, flags: string, mode?: number): Promise<FileHandle>;
    stat(path: string): Promise<FileStats>;
    realpath(path: string): Promise<string>;
    readlink(path: string): Promise<string>;
    rename(from: string, to: string): Promise<void>;
    unlink(path: string): Promise<void>;
  };
}

/** What is known of a file. */
export interface FileStats {
  mode: number;
  uid: number;
  gid: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** The parts of an open file that are used. */
export interface FileHandle {
  chmod(mode: number): Promise<void>;
  chown(uid: number, gid: number): Promise<void>;
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ bytesWritten: number }>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The host's file system; undefined in a page. */
export const fileSystem = (): FileSystem | undefined => hostModule("node:fs") as FileSystem | undefined;
