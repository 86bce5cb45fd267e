import { existsSync, readdirSync, readlinkSync } from "node:fs";

/** The files of a folder that this process has open, where the system lists them (Linux); none elsewhere. */
export function openHandles(folder: string): string[] {
  const list = "/proc/self/fd";
  return (existsSync(list) ? readdirSync(list) : []).flatMap((name) => {
    try {
      const target = readlinkSync(`${list}/${name}`);
      return target.startsWith(folder) ? [target] : [];
    } catch {
      return []; // that of the listing itself
    }
  });
}
