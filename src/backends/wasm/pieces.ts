/**
 * A text in hexadecimal from pieces of another, as scripts/pieces.mjs describes it: "literal,skip,length;...", new bytes, then
 * `length` bytes of `from` that begin `skip` bytes behind the end of the piece before.
 */
export function fromPieces(from: string, pieces: string): string {
  let end = 0;
  return pieces.replace(/(\w*),(-?\d+),(\d+);?/g, (_, literal: string, skip: string, length: string) => {
    const start = end + Number(skip);
    end = start + Number(length);
    return literal + from.slice(2 * start, 2 * end);
  });
}
