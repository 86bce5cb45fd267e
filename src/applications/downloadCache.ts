/** Where downloads are kept: the user's cache folder where there is a file system, the Cache API in a page. */
import { hostModule } from "../host.js";
import { fileSystem } from "./packageFiles.js";

export interface DownloadCache {
  /** The path at which the file is or would be; undefined in a page. */
  readonly path: string | undefined;
  /** undefined where there is nothing that can be read. */
  read(): Promise<Uint8Array | undefined>;
  /** Whole or not at all. @throws where it cannot be written. */
  write(bytes: Uint8Array): Promise<void>;
}

const name = "zoetrope";

/** The cache's place for one file. */
export function downloadCache(address: string, fileName: string): DownloadCache {
  const files = fileSystem();
  if (!files) return pageCache(address);
  const { join } = hostModule("node:path") as PathModule;
  const folder = join(cacheFolder(), name);
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

interface PathModule {
  join(...parts: string[]): string;
  isAbsolute(path: string): boolean;
}

/** $XDG_CACHE_HOME or ~/.cache; ~/Library/Caches on a Mac; %LOCALAPPDATA% on Windows. */
function cacheFolder(): string {
  const { env, platform } = hostModule("node:process") as { env: Record<string, string | undefined>; platform: string };
  const { homedir } = hostModule("node:os") as { homedir(): string };
  const { join, isAbsolute } = hostModule("node:path") as PathModule;
  if (platform === "darwin") return join(homedir(), "Library", "Caches");
  if (platform === "win32") return env.LOCALAPPDATA || join(homedir(), "AppData", "Local");
  const { XDG_CACHE_HOME: given = "" } = env;
  return isAbsolute(given) ? given : join(homedir(), ".cache"); // a relative one counts as none, says its specification
}

/** Pages that are not served securely have no Cache API, nor have some that block storage. */
function pageCache(address: string): DownloadCache {
  const opened = async () => globalThis.caches?.open(name);
  return {
    path: undefined,
    async read() {
      const kept = await opened().then((cache) => cache?.match(address)).catch(() => undefined); // prettier-ignore
      return kept && new Uint8Array(await kept.arrayBuffer());
    },
    async write(bytes) {
      await (await opened())?.put(address, new Response(bytes as Uint8Array<ArrayBuffer>));
    },
  };
}
