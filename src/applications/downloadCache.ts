/** The cache of downloads: the user's cache folder where there is a file system, the Cache API in a page. */
import { userCacheFolder } from "../cacheFolder.js";
import { fileSystem, hostModule } from "../host.js";

/** The cache's entry for one file. */
export interface DownloadCache {
  /** The path of the cached file, which may not exist yet; undefined in a page. */
  readonly path: string | undefined;
  /** The cached bytes; undefined when there are none that can be read. */
  read(): Promise<Uint8Array | undefined>;
  /** Stores the bytes, all or none. @throws when they cannot be written. */
  write(bytes: Uint8Array): Promise<void>;
}

const name = "zoetrope";

/** The cache's entry for the file at an address. */
export function downloadCache(address: string, fileName: string): DownloadCache {
  const files = fileSystem();
  if (!files) return pageCache(address);
  const { join } = hostModule("node:path") as { join(...parts: string[]): string };
  const folder = userCacheFolder();
  const path = join(folder, fileName);
  return {
    path,
    read: () => files.promises.readFile(path).catch(() => undefined),
    async write(bytes) {
      await files.promises.mkdir(folder, { recursive: true });
      await (await import("../formats/files.js")).writeFile(path, [bytes]);
    },
  };
}

/** Without the Cache API, as in pages that are not served securely or whose storage is blocked, nothing is cached. */
function pageCache(address: string): DownloadCache {
  const openCache = async () => globalThis.caches?.open(name);
  return {
    path: undefined,
    async read() {
      const kept = await openCache().then((cache) => cache?.match(address)).catch(() => undefined); // prettier-ignore
      return kept && new Uint8Array(await kept.arrayBuffer());
    },
    async write(bytes) {
      await (await openCache())?.put(address, new Response(bytes as Uint8Array<ArrayBuffer>));
    },
  };
}
