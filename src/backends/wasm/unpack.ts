/** Unpacks the builds of the kernels. */

/** Both builds in one text, as scripts/packKernels.mjs writes it. */
export interface Packed {
  /**
   * Bytes in hexadecimal; "{plain|relaxed}" where the builds differ; for an operand the letter of its kind, from "g"
   * on; any other character stands for a word.
   */
  code: string;
  /**
   * The words that "!" and the following characters stand for, separated by commas, written like `code` without words.
   */
  words: string;
  /**
   * The operands of each kind in their order; the character code of an operand is 40 (that of "(") plus its value. The
   * first three kinds are local.get, local.set and local.tee; the value of the first is a place in the list of locals
   * by their last use.
   */
  operands: readonly string[];
}

/**
 * The bytes of one of the builds. It goes through `code` character by character, with the words' bytes parsed before:
 * regular expressions over all of `code` take twice as long, as this runs before the JavaScript engine has optimized
 * it.
 */
export function unpack({ code, words, operands }: Packed, isRelaxed: boolean): Uint8Array<ArrayBuffer> {
  const asChar = (byte: string) => String.fromCharCode(256 + parseInt(byte, 16)); // above all other characters
  const list = words.replace(/[\da-f]{2}/g, asChar).split(",");
  const taken = operands.map(() => 0);
  /** "|" or "}", at which the other build's bytes are dropped. Its operands have to be read nevertheless. */
  const endOfOther = isRelaxed ? 124 : 125;
  /** The locals, the last used one first. */
  const recent = Uint8Array.from(Array(128).keys());
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
      else if (kind >= 0) {
        let operand = operands[kind].charCodeAt(taken[kind]++) - 40;
        if (kind < 3) {
          const place = kind ? recent.indexOf(operand) : operand;
          operand = recent[place];
          recent.copyWithin(1, 0, place);
          recent[0] = operand;
        }
        bytes[at++] = operand;
      } else bytes[at++] = 16 * digit(char) + digit(code.charCodeAt(++i));
    }
  }
  return Uint8Array.from(bytes.slice(0, at));
}

/** The value of a hexadecimal digit by its character code: 48 to 57 for "0" to "9", 97 to 102 for "a" to "f". */
const digit = (char: number) => (char & 15) + 9 * (char >> 6);
