/** The folder in which programs cache files for a user. */
import { ArgumentError } from "./errors.js";
import { hostModule } from "./host.js";

interface PathModule {
  join(...parts: string[]): string;
  isAbsolute(path: string): boolean;
}

/** The properties of a host that the user's cache folder depends on. */
export interface CacheHost {
  /** As `process.platform`: "linux", "darwin", "win32". */
  platform: string;
  /** Environment variables. */
  env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  home: string;
}

/** The host of this process. */
function thisHost(): CacheHost {
  const { env, platform } = hostModule("node:process") as CacheHost;
  return { env, platform, home: (hostModule("node:os") as { homedir(): string }).homedir() };
}

/**
 * The path of Zoetrope's cache folder: `zoetrope` in $XDG_CACHE_HOME or ~/.cache, in ~/Library/Caches on macOS, in
 * %LOCALAPPDATA% on Windows. The folder need not exist. Not for pages, which have no file system.
 *
 * @throws ArgumentError for a host that is not complete.
 * @param host By default that of this process.
 */
export function userCacheFolder(host = thisHost()): string {
  const { platform, env, home } = Object(host) as CacheHost;
  if (typeof platform !== "string" || typeof home !== "string" || Object(env) !== env) {
    throw new ArgumentError("userCacheFolder: expected { platform, env, home }.");
  }
  const { join, isAbsolute } = hostModule("node:path") as PathModule;
  if (platform === "darwin") return join(home, "Library", "Caches", "zoetrope");
  if (platform === "win32") return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), "zoetrope");
  const { XDG_CACHE_HOME: given = "" } = env;
  // The XDG Base Directory Specification says to ignore a relative path.
  return join(isAbsolute(given) ? given : join(home, ".cache"), "zoetrope");
}
