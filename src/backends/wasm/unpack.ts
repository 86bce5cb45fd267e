/** Both builds of the kernels in one text, as scripts/packKernels.mjs writes it. */
export interface Packed {
  /**
   * Bytes in hexadecimal. "{plain|relaxed}" where the builds differ; an operand is the letter of its kind, from "g" on; any other
   * character is a word.
   */
  code: string;
  /** What "!" stands for, the next character and so on, with commas between; it is written as `code` is, without words. */
  words: string;
  /** Of each kind, the operands in their order: a byte is the character so far behind "(". */
  operands: readonly string[];
}

/**
 * Character by character, words' bytes read once before, as this runs before an engine has compiled it: regular expressions over all
 * of `code` take twice as long.
 */
export function unpack({ code, words, operands }: Packed, isRelaxed: boolean): Uint8Array<ArrayBuffer> {
  const asChar = (byte: string) => String.fromCharCode(256 + parseInt(byte, 16)); // above all the others
  const list = words.replace(/[\da-f]{2}/g, asChar).split(",");
  const taken = operands.map(() => 0);
  /** "|" or "}", behind which what the other build has is dropped: its operands have to be taken nevertheless. */
  const endOfOther = isRelaxed ? 124 : 125;
  const bytes: number[] = [];
  let at = 0;
  let start = 0;
  for (let i = 0; i < code.length; i++) {
    const text = list[code.charCodeAt(i) - 33] || code[i];
    for (let j = 0; j < text.length; j++) {
      const char = text.charCodeAt(j);
      const kind = char - 103;
      if (char > 255) bytes[at++] = char - 256;
      else if (char === endOfOther) at = start;
      else if (char > 122) start = at;
      else if (kind >= 0) bytes[at++] = operands[kind].charCodeAt(taken[kind]++) - 40;
      else bytes[at++] = 16 * digit(char) + digit(code.charCodeAt(++i));
    }
  }
  return Uint8Array.from(bytes.slice(0, at));
}

/** Of "0" to "9" and "a" to "f", 48 to 57 and 97 to 102. */
const digit = (char: number) => (char & 15) + 9 * (char >> 6);
