// One binary as pieces of another: the two builds of the kernels are alike, but a compressor that looks back 32 KB cannot see it.

/** Shorter pieces cost more to name than to repeat. */
const least = 12;
/** Where pieces are looked for: every run of so many bytes. */
const run = 6;

/**
 * What src/backends/wasm/pieces.ts makes `to` from: "literal,skip,length;...", bytes in hexadecimal that are new, then `length` bytes
 * of `from`, which begin `skip` bytes behind the end of the piece before. Greedy: always the longest piece, of equal ones the nearest.
 */
export function pieces(from, to) {
  const places = new Map();
  for (let i = 0; i + run <= from.length; i++) {
    const key = from.toString("latin1", i, i + run);
    if (places.has(key)) places.get(key).push(i);
    else places.set(key, [i]);
  }
  const found = [];
  let end = 0;
  let literal = 0;
  for (let i = 0; i < to.length;) {
    const { start, length } = longest(places.get(to.toString("latin1", i, i + run)) ?? [], from, to, i, end);
    if (length < least) i++;
    else {
      found.push([to.toString("hex", literal, i), start - end, length].join());
      end = start + length;
      literal = i += length;
    }
  }
  return [...found, `${to.toString("hex", literal)},0,0`].join(";");
}

function longest(starts, from, to, at, near) {
  let best = { start: 0, length: 0 };
  for (const start of starts) {
    let length = 0;
    while (at + length < to.length && from[start + length] === to[at + length]) length++;
    const isNearer = length === best.length && Math.abs(start - near) < Math.abs(best.start - near);
    if (length > best.length || isNearer) best = { start, length };
  }
  return best;
}
