// The fenced blocks of a page of documentation, as programs.
import { readFileSync } from "node:fs";

/** A fenced block. */
export interface Block {
  /** Page, number and first line, such as "README.md 3: npx zoetrope photo.jpg". */
  title: string;
  page: string;
  /** What stands after the fence, such as "ts". */
  language: string;
  /**
   * The block, after the code of a comment `<!-- test: ... -->` just before it, which readers do not see: it makes what the
   * block takes from the text around it. "as before" means the code of the comment before.
   */
  code: string;
}

const fence = /(?:<!-- test:( as before |\n[^]*?)-->\n+)?^( *)```(\w*)\n([^]*?)^ *```$/gm;

/** Lists the blocks of a page. */
export function blocksOf(page: string): Block[] {
  let hidden = "";
  return [...readFileSync(page, "utf8").matchAll(fence)].map(([, comment, indent, language, text], i) => {
    const shown = text.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    if (comment !== " as before ") hidden = comment ?? "";
    return { title: `${page} ${i + 1}: ${shown.split("\n")[0]}`, page, language, code: hidden + shown };
  });
}
