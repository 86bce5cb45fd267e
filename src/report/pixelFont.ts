/** Letters of 3 by 5 pixels: after each letter its five rows from the top, each three bits written as an octal digit. */
const font = `
  %51245 -00700 −00700 .00002 025552 126227 271747 371717 455711 574717 674757 771122 875757 975717
  A25755 B65656 C34443 D65556 E74747 F74644 G34553 H55755 I72227 J11152 K55655 L44447 M57755
  N65555 O75557 P65644 Q25573 R65655 S34216 T72222 U55557 V55552 W55775 X55255 Y55222 Z71247
`;
const letters = new Map(font.match(/\S+/g)!.map(([letter, ...rows]) => [letter, rows.map(Number)]));

export const letterWidth = 4; // three pixels and a gap
export const letterHeight = 5;

/**
 * Calls `paint` for each pixel of a line of text, from (0, 0) at the top left. Letters that are not in the font stay
 * blank.
 */
export function eachTextPixel(text: string, paint: (x: number, y: number) => void): void {
  [...text].forEach((letter, i) => {
    letters.get(letter.toUpperCase())?.forEach((row, y) => {
      for (let x = 0; x < 3; x++) if ((row >> (2 - x)) & 1) paint(i * letterWidth + x, y);
    });
  });
}
