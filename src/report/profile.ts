/** The data of a page about the times of a model's kernel calls. */

/** A kernel call with the time that it took; the rows of `plan.profile()` have this form. */
export interface ProfileRow {
  /** The name of the kernel. */
  kernel: string;
  /** The layers that it comes from, as "outer/inner"; several where the calls of several layers were joined. */
  layers: readonly string[];
  /** The sizes of the call. */
  sizes: string;
  /** Milliseconds. */
  ms: number;
  /** Billions of multiplications and additions a second; 0 for kernels without sums of products. */
  gflops: number;
  /** The fraction of the machine's peak; not shown by default. */
  ofPeak?: number;
}

/** Everything that `profileHtml` shows, from top to bottom. */
export interface ProfileReport {
  /** The heading, and the title of the browser's tab. */
  title: string;
  /** The result in a sentence or two, under the title; none by default. */
  summary?: string;
  /** Facts about the run, as pairs of a label and a value. */
  facts: (readonly [label: string, value: string])[];
  /** Notes that a reader must know first. */
  notes: string[];
  /** The kernel calls, in order. */
  rows: readonly ProfileRow[];
}

/** A part of the time: a layer with the parts inside it, or the calls of a layer to one kernel with the same sizes. */
export interface ProfileNode {
  name: string;
  ms: number;
  /** The number of kernel calls. */
  calls: number;
  /** Multiplications and additions, in millions. */
  mflop: number;
  /** The time of a machine at its peak for these, in milliseconds; undefined where a row with products has no `ofPeak`. */
  atPeak: number | undefined;
  /** Empty for kernels. */
  parts: ProfileNode[];
}

/** The parts of the time as a tree: layers inside layers in the order of their first calls, then kernels. */
export function profileTree(rows: readonly ProfileRow[]): ProfileNode {
  const root = nodeOf("all");
  for (const row of rows) {
    const { kernel, sizes } = row;
    let node = root;
    add(node, row);
    for (const name of [...pathOf(row.layers), sizes === "" ? kernel : `${kernel}: ${sizes}`]) {
      let part = node.parts.find((known) => known.name === name);
      if (!part) node.parts.push((part = nodeOf(name)));
      add(part, row);
      node = part;
    }
  }
  return root;
}

const nodeOf = (name: string): ProfileNode => ({ name, ms: 0, calls: 0, mflop: 0, atPeak: 0, parts: [] });

function add(node: ProfileNode, { ms, gflops, ofPeak }: ProfileRow): void {
  node.ms += ms;
  node.calls++;
  node.mflop += gflops * ms;
  if (gflops === 0) return;
  node.atPeak = node.atPeak === undefined || ofPeak === undefined ? undefined : node.atPeak + ofPeak * ms;
}

/** The layers from the outermost; of joined ones the innermost names together. */
export function pathOf(layers: readonly string[]): string[] {
  const [first, ...others] = [...new Set(layers)].map((layer) => layer.split("/"));
  if (!first) return [];
  return [...first.slice(0, -1), [first, ...others].map((parts) => parts.at(-1)).join(" + ")];
}
