/** Brings a picture to the square a network wants. */
import type { Picture } from "./picture.js";

/** The middle square. */
export function cropSquare(picture: Picture): Picture {
  const side = Math.min(picture.width, picture.height);
  const left = Math.floor((picture.width - side) / 2);
  const top = Math.floor((picture.height - side) / 2);
  const rgb = new Float32Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * picture.width + left) * 3;
    rgb.set(picture.rgb.subarray(from, from + side * 3), y * side * 3);
  }
  return { width: side, height: side, rgb };
}

/** Each new pixel is the average of the area it covers; where pixels get smaller than before, a blend of the nearest four. */
export function resize(picture: Picture, width: number, height: number): Picture {
  const wide = resizeRows(picture, width);
  return transpose(resizeRows(transpose(wide), height));
}

/** What one new position takes from the old ones: `shares`, which add up to 1, of those from `first` on. */
interface Blend {
  first: number;
  shares: number[];
}

/** How `to` positions on an axis are made of `from` old ones. */
export function blends(from: number, to: number): Blend[] {
  return Array.from({ length: to }, (_, i) => (to <= from ? areaBlend(i, from, to) : linearBlend(i, from, to)));
}

function areaBlend(i: number, from: number, to: number): Blend {
  const start = (i * from) / to;
  const end = ((i + 1) * from) / to;
  const first = Math.floor(start);
  const shares: number[] = [];
  for (let old = first; old < end && old < from; old++) {
    shares.push(((Math.min(end, old + 1) - Math.max(start, old)) * to) / from);
  }
  return { first, shares };
}

function linearBlend(i: number, from: number, to: number): Blend {
  const centre = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
  const first = Math.floor(centre);
  const next = centre - first;
  return { first, shares: next > 0 ? [1 - next, next] : [1] };
}

function resizeRows({ width: oldWidth, height, rgb: old }: Picture, width: number): Picture {
  const parts = blends(oldWidth, width);
  const rgb = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    parts.forEach(({ first, shares }, x) => {
      for (let c = 0; c < 3; c++) {
        let value = 0;
        shares.forEach((share, k) => (value += share * old[(y * oldWidth + first + k) * 3 + c]));
        rgb[(y * width + x) * 3 + c] = value;
      }
    });
  }
  return { width, height, rgb };
}

function transpose({ width, height, rgb }: Picture): Picture {
  const turned = new Float32Array(rgb.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) turned[(x * height + y) * 3 + c] = rgb[(y * width + x) * 3 + c];
    }
  }
  return { width: height, height: width, rgb: turned };
}
