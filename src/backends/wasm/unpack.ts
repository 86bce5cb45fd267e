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
 * Character by character, with the bytes of words read once before, as it runs before an engine has compiled it: regular expressions
 * over all of `code` take three times as long.
 */
export function unpack({ code, words, operands }: Packed, isRelaxed: boolean): Uint8Array<ArrayBuffer> {
  const list = words.replace(/[\da-f]{2}/g, (byte) => String.fromCharCode(256 + parseInt(byte, 16))).split(",");
  const taken = operands.map(() => 0);
  const bytes: number[] = [];
  /** "|" or "}", behind which what the other build has is dropped: its operands have to be taken nevertheless. */
  const endOfOther = isRelaxed ? 124 : 125;
  let at = 0;
  let start = 0;
  const read = (text: string) => {
    for (let i = 0; i < text.length; i++) {
      const char = text.charCodeAt(i);
      if (char > 255) bytes[at++] = char;
      else if (char > 122) {
        if (char === endOfOther) at = start;
        else start = at;
      } else if (char > 102) bytes[at++] = operands[char - 103].charCodeAt(taken[char - 103]++) - 40;
      else if (char > 96 || (char > 47 && char < 58)) bytes[at++] = 16 * digit(char) + digit(text.charCodeAt(++i));
      else read(list[char - 33]);
    }
  };
  read(code);
  return Uint8Array.from(bytes.slice(0, at));
}

/** Of "0" to "9" and "a" to "f", 48 to 57 and 97 to 102. */
const digit = (char: number) => (char & 15) + 9 * (char >> 6);
