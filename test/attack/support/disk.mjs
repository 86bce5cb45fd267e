// Small disks of their own, where this machine lets a program mount one.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Mounts a disk in memory. @throws Error where that is not allowed. */
export function mountDisk(/** @type {string} */ folder, /** @type {string} */ size) {
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=0700`, "zoetrope-attack", folder], { stdio: "pipe" });
}

/** Nothing can be written to the disk from now on, and again with `"rw"`. */
export function remount(/** @type {string} */ folder, /** @type {"ro" | "rw"} */ how) {
  execFileSync("mount", ["-o", `remount,${how}`, folder], { stdio: "pipe" });
}

/** Takes the disk away, at the latest when no program uses it any more. */
export function unmount(/** @type {string} */ folder) {
  spawnSync("umount", ["-l", folder]);
}

/** Why no disk can be mounted here; undefined where one can. */
export function whyNoDisks() {
  if (process.platform !== "linux") return "small disks are mounted on Linux only";
  if (process.getuid?.() !== 0) return "only root may mount small disks";
  const folder = mkdtempSync(join(tmpdir(), "zoetrope-attack-disk-"));
  try {
    mountDisk(folder, "64k");
    unmount(folder);
    return undefined;
  } catch (error) {
    return `small disks cannot be mounted here (${String(/** @type {any} */ (error).stderr ?? error).trim()})`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
