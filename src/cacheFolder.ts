/** Where programs keep on a user's disk what they can make again. */
import { hostModule } from "./host.js";

interface PathModule {
  join(...parts: string[]): string;
  isAbsolute(path: string): boolean;
}

/** What the folder depends on, by Node's names. */
export interface CacheHost {
  platform: string;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

/** Of the process that runs. */
function thisHost(): CacheHost {
  const { env, platform } = hostModule("node:process") as CacheHost;
  return { env, platform, home: (hostModule("node:os") as { homedir(): string }).homedir() };
}

/** `zoetrope` in $XDG_CACHE_HOME or ~/.cache; in ~/Library/Caches on a Mac; in %LOCALAPPDATA% on Windows. Not in a page. */
export function userCacheFolder({ platform, env, home } = thisHost()): string {
  const { join, isAbsolute } = hostModule("node:path") as PathModule;
  if (platform === "darwin") return join(home, "Library", "Caches", "zoetrope");
  if (platform === "win32") return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), "zoetrope");
  const { XDG_CACHE_HOME: given = "" } = env;
  return join(isAbsolute(given) ? given : join(home, ".cache"), "zoetrope"); // a relative one counts as none, says its specification
}
