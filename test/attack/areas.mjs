// The areas that are attacked. One row each; see test/README.md.

/**
 * @typedef {object} Area
 * @property {string} title What is done, for `--list`.
 * @property {number} expectedSeconds How long a case takes. One that takes ten times as long hangs.
 * @property {number} share How much of the time it gets, in proportion to the others.
 * @property {true} [steady] Its cases run in one process, whose memory must not grow and whose tensors must all be disposed.
 * @property {number} [heapMegabytes] The limit of the heap of JavaScript in that process.
 * @property {() => Promise<AreaCode>} load
 *
 * @typedef {object} AreaCode
 * @property {() => string | undefined} [unavailable] Why it cannot be tried here.
 * @property {(place: Place) => any} [prepare] Makes what all cases share.
 * @property {() => Promise<readonly string[]>} [titles] The titles of all its cases, where they are known.
 * @property {(chance: import("./support/chance.mjs").Chance, shared: any, place: Place) => Case | Promise<Case>} makeCase
 *
 * @typedef {{ folder: string, seed: number }} Place A folder of the process, which is its current folder too.
 *
 * @typedef {object} Case
 * @property {string} title What is tried, in a line.
 * @property {() => unknown} run Throws what the package throws, or a Finding.
 */

/** @type {Record<string, Area>} */
export const areas = {
  kills: {
    title: "ends programs that save, train and cache at any moment, and looks at what is left",
    expectedSeconds: 20,
    share: 3,
    load: () => import("./areas/kills.mjs"),
  },
  disks: {
    title: "writes to disks that are full or read-only",
    expectedSeconds: 10,
    share: 2,
    load: () => import("./areas/disks.mjs"),
  },
  files: {
    title: "reads model files that were changed in their bytes, their JSON and their structures",
    expectedSeconds: 1,
    share: 3,
    steady: true,
    heapMegabytes: 512,
    load: () => import("./areas/files.mjs"),
  },
  arguments: {
    title: "calls every public function with values that its types do not allow",
    expectedSeconds: 0.5,
    share: 3,
    steady: true,
    load: () => import("./areas/arguments.mjs"),
  },
  memory: {
    title: "lets allocations fail while models predict, train, load and save",
    expectedSeconds: 0.5,
    share: 1,
    steady: true,
    load: () => import("./areas/memory.mjs"),
  },
  media: {
    title: "reads odd pictures and films",
    expectedSeconds: 3,
    share: 1,
    steady: true,
    load: () => import("./areas/media.mjs"),
  },
  downloads: {
    title: "downloads from servers that stall, cut, lie and never end",
    expectedSeconds: 8,
    share: 1,
    steady: true,
    load: () => import("./areas/downloads.mjs"),
  },
  command: {
    title: "runs the command with odd arguments, files, devices and outputs",
    expectedSeconds: 10,
    share: 2,
    load: () => import("./areas/command.mjs"),
  },
};
