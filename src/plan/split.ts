/** Splits long rows, so that a run can pause within them. */
import type { Buffer } from "../kernels.js";
import { flatSize, type GemmSize, type WindowSize } from "../shape.js";
import { Slot, viewOf } from "../slot.js";
import { macsOf, type Row } from "./row.js";

type SplitArguments = [Buffer, Buffer, Buffer, Buffer?, (GemmSize & WindowSize)?, unknown?];

/** Gives the rows with those of more multiply-adds than `most` in parts: of the batch, or of the rows of a matrix. */
export const splitRows = (rows: readonly Row[], most: number): Row[] => rows.flatMap((row) => partsOf(row, most));

function partsOf(row: Row, most: number): Row[] {
  const wanted = Math.ceil(macsOf(row) / most);
  const [y, x, w, bias, size, activation] = row.args as SplitArguments;
  const isMatrix = row.kernel === "gemm";
  const name = isMatrix ? "m" : "batch";
  const all = size?.[name] ?? 1;
  if (!(wanted > 1 && all > 1) || (isMatrix && (size!.transA || size!.batch !== 1))) return [row];
  const parts: Row[] = [];
  const each = Math.ceil(all / Math.min(wanted, all));
  const [yRow, xRow] = [y.length / all, isMatrix ? size!.k : x.length / all];
  for (let from = 0; from < all; from += each) {
    const count = Math.min(each, all - from);
    const part = new Slot(count * yRow); // outputs of kernels are no views
    const args = [part, viewOf(x, from * xRow, count * xRow), w, bias, { ...size!, [name]: count }, activation];
    const copy = [y, part, flatSize(part.length, from * yRow)];
    parts.push({ ...row, args }, { ...row, kernel: "copyInto", args: copy });
  }
  return parts;
}
