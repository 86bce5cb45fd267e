/** The cache of downloads: the user's cache folder where there is a file system, the Cache API in a page. */
import { userCacheFolder } from "../cacheFolder.js";
import { fileSystem, hostModule } from "../host.js";

/** The cache's entry for one file. */
export interface DownloadCache {
  /** The path of the cached file, which may not exist yet; undefined in a page. */
  readonly path: string | undefined;
  /** What to remove so that the digest is forgotten. */
  readonly digestPlace: string;
  /** The cached bytes; undefined when there are none that can be read. */
  read(): Promise<Uint8Array | undefined>;
  /** The SHA-256 that the file had when it was first used; undefined when that is not known. */
  readDigest(): Promise<string | undefined>;
  /** Stores the bytes and their digest, each of them whole or not at all. @throws when they cannot be written. */
  write(bytes: Uint8Array, digest: string | undefined): Promise<void>;
  /** Stores the digest of bytes that are in the cache. @throws when it cannot be written. */
  writeDigest(bytes: Uint8Array, digest: string | undefined): Promise<void>;
}

const name = "zoetrope";

/** The SHA-256 of some bytes, in hexadecimal digits; undefined in a page that is not served securely. */
export async function sha256(bytes: Uint8Array): Promise<string | undefined> {
  const { subtle } = globalThis.crypto ?? {};
  if (!subtle) return undefined;
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const digestIn = (text: string | null | undefined): string | undefined => /^[0-9a-f]{64}\b/.exec(text ?? "")?.[0];

/** The cache's entry for the file at an address. */
export function downloadCache(address: string, fileName: string): DownloadCache {
  const files = fileSystem()?.promises;
  if (!files) return pageCache(address);
  const { join } = hostModule("node:path") as { join(...parts: string[]): string };
  const folder = userCacheFolder();
  const path = join(folder, fileName);
  const digestPath = `${path}.sha256`;
  const write = async (to: string, bytes: Uint8Array) => {
    await files.mkdir(folder, { recursive: true });
    await (await import("../formats/files.js")).writeFile(to, [bytes]);
  };
  // In the form that `sha256sum --check` reads.
  const writeDigest = async (digest: string | undefined) => {
    if (digest) await write(digestPath, new TextEncoder().encode(`${digest}  ${fileName}\n`));
  };
  return {
    path,
    digestPlace: digestPath,
    read: () => files.readFile(path).catch(() => undefined),
    readDigest: () => files.readFile(digestPath).then((bytes) => digestIn(new TextDecoder().decode(bytes))).catch(() => undefined), // prettier-ignore
    async write(bytes, digest) {
      await write(path, bytes);
      await writeDigest(digest);
    },
    writeDigest: (_, digest) => writeDigest(digest),
  };
}

const digestHeader = "x-zoetrope-sha256";

/** Without the Cache API, as in pages that are not served securely or whose storage is blocked, nothing is cached. */
function pageCache(address: string): DownloadCache {
  const openCache = async () => globalThis.caches?.open(name);
  const match = () => openCache().then((cache) => cache?.match(address)).catch(() => undefined); // prettier-ignore
  const write = async (bytes: Uint8Array, digest: string | undefined) => {
    const headers: Record<string, string> = digest ? { [digestHeader]: digest } : {};
    await (await openCache())?.put(address, new Response(bytes as Uint8Array<ArrayBuffer>, { headers }));
  };
  return {
    path: undefined,
    digestPlace: `the page's cache "${name}"`,
    async read() {
      const kept = await match();
      return kept && new Uint8Array(await kept.arrayBuffer());
    },
    readDigest: async () => digestIn((await match())?.headers.get(digestHeader)),
    write,
    writeDigest: write,
  };
}
