/** Resizing of pictures on the host. */

/** A picture as a list of rows. */
export interface PixelRows {
  /** From the top; each is [width, channels]. */
  rows: ArrayLike<number>[];
  /** Pixels of a row. */
  width: number;
  /** Numbers of a pixel. */
  channels: number;
}

/**
 * Resizes a picture to [...size, channels]. Along an axis that shrinks, each new pixel is the mean of what it covers;
 * along one that grows, it is interpolated linearly between the two nearest pixels.
 */
export function resizePixels(
  { rows, width, channels }: PixelRows,
  size: readonly [height: number, width: number],
): Float32Array {
  const across = blends(width, size[1]);
  const result = new Float32Array(size[0] * size[1] * channels);
  const sum = new Float32Array(width * channels);
  let at = 0;
  for (const { first, weights } of blends(rows.length, size[0])) {
    sum.fill(0);
    weights.forEach((weight, k) => {
      const row = rows[first + k];
      for (let i = 0; i < sum.length; i++) sum[i] += weight * row[i];
    });
    for (const { first, weights } of across) {
      for (let c = 0; c < channels; c++) {
        let value = 0;
        for (let k = 0; k < weights.length; k++) value += weights[k] * sum[(first + k) * channels + c];
        result[at++] = value;
      }
    }
  }
  return result;
}

/** How a new position is made of old ones: the weights, which add up to 1, of the old positions from `first` on. */
interface Blend {
  first: number;
  weights: number[];
}

/** How each of `to` new positions on an axis is made of `from` old ones. */
export function blends(from: number, to: number): Blend[] {
  return Array.from({ length: to }, (_, i) => (to <= from ? areaBlend(i, from, to) : linearBlend(i, from, to)));
}

function areaBlend(i: number, from: number, to: number): Blend {
  const start = (i * from) / to;
  const end = ((i + 1) * from) / to;
  const first = Math.floor(start);
  const weights: number[] = [];
  for (let old = first; old < end && old < from; old++) {
    weights.push(((Math.min(end, old + 1) - Math.max(start, old)) * to) / from);
  }
  return { first, weights };
}

function linearBlend(i: number, from: number, to: number): Blend {
  const centre = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
  const first = Math.floor(centre);
  const next = centre - first;
  return { first, weights: next > 0 ? [1 - next, next] : [1] };
}
