/**
 * Matrix products whose columns are shared out in place of their rows. Where rows are few, each thread would read all the weights for too
 * little; a thread that computes some columns reads the weights of these only. It reads all rows, and prepares them where that is needed.
 */

/** A call that is cut by columns. */
export interface Columns {
  /** How many there are. */
  readonly count: number;
  /** The place of this number among the arguments. */
  readonly place: number;
  /** By how much each argument grows from one column to the next. */
  readonly steps: readonly number[];
}

/** Chunks begin at multiples of so many columns: whole panels, and what Winograd's filtering computes once more if it is not finite. */
export const UNIT = 64;

/** Places of arguments: the results, the weights (a column takes 4 k bytes), others with 4 bytes a column, n and k. */
interface Places {
  readonly weights: number;
  readonly others: readonly number[];
  readonly n: number;
  readonly k: number;
  /** A distance between rows of weights that are not packed, or 0. */
  readonly unpacked?: number;
}

/** The first argument is that of the scratch memory. */
const places: Readonly<Record<string, Places>> = {
  gemm: { weights: 4, others: [1, 5], n: 6, k: 7, unpacked: 10 },
  conv2d: { weights: 4, others: [1, 5], n: 7, k: 8 },
  winograd: { weights: 4, others: [1, 6, 8], n: 10, k: 11 },
};

/**
 * How a call is cut by columns; undefined where its rows are to be cut. Reading a column takes about as long as computing it for 5 rows,
 * preparing a row as long as 10 of its columns: so columns pay where there are more than twice as many.
 */
export function columnsOf(name: string, rows: number, args: readonly number[], threads: number): Columns | undefined {
  const at = places[name];
  if (!at || (at.unpacked && args[at.unpacked] > 0)) return undefined;
  const count = args[at.n];
  if (count <= 2 * rows || count < UNIT * threads) return undefined;
  const steps = args.map((arg, i) => (i === at.weights ? 4 * args[at.k] : at.others.includes(i) && arg > 0 ? 4 : 0));
  return { count, place: at.n, steps };
}
