/** Letters of 3 by 5 pixels. A letter is five rows from the top, each three bits written as an octal digit. */
const letters: Record<string, string> = {
  " ": "00000",
  "%": "51245",
  "-": "00700",
  ".": "00002",
  "0": "25552",
  "1": "26227",
  "2": "71747",
  "3": "71717",
  "4": "55711",
  "5": "74717",
  "6": "74757",
  "7": "71122",
  "8": "75757",
  "9": "75717",
  A: "25755",
  B: "65656",
  C: "34443",
  D: "65556",
  E: "74747",
  F: "74644",
  G: "34553",
  H: "55755",
  I: "72227",
  J: "11152",
  K: "55655",
  L: "44447",
  M: "57755",
  N: "65555",
  O: "75557",
  P: "65644",
  Q: "25573",
  R: "65655",
  S: "34216",
  T: "72222",
  U: "55557",
  V: "55552",
  W: "55775",
  X: "55255",
  Y: "55222",
  Z: "71247",
};

export const letterWidth = 4; // three pixels and a gap
export const letterHeight = 5;

/**
 * Calls `paint` for each pixel of a line of text, from (0, 0) at the top left. Letters that are not in the font stay
 * blank.
 */
export function eachTextPixel(text: string, paint: (x: number, y: number) => void): void {
  [...text].forEach((letter, i) => {
    const rows = letters[letter.toUpperCase()] ?? letters[" "];
    for (let y = 0; y < letterHeight; y++) {
      for (let x = 0; x < 3; x++) if ((Number(rows[y]) >> (2 - x)) & 1) paint(i * letterWidth + x, y);
    }
  });
}
