// Generates small colour films: a disc grows, from small to large and again, or it shrinks. It begins at any size, so that neither
// a single frame nor the average of all frames shows which: only their order does.
import { random } from "zoetrope";

/** { x: [count, frames, size, size, 3] from 0 to 255, y: one-hot [count, 2], growing or shrinking }. */
export async function discClips({ count, frames, size, seed }) {
  const numbers = random([count, 10], { seed });
  const chances = await numbers.data();
  numbers.dispose();
  const x = new Float32Array(count * frames * size * size * 3);
  const y = new Float32Array(count * 2);
  for (let clip = 0; clip < count; clip++) {
    const [way, start, left, top, ...colours] = chances.subarray(clip * 10, clip * 10 + 10);
    const shrinks = Number(way >= 0.5);
    y[clip * 2 + shrinks] = 1;
    const at = { x: size * (0.3 + 0.4 * left), y: size * (0.3 + 0.4 * top) };
    for (let frame = 0; frame < frames; frame++) {
      const growth = (start + (shrinks ? frames - frame : frame) / frames) % 1;
      const pixels = x.subarray((clip * frames + frame) * size * size * 3);
      drawDisc(pixels, size, at, size * (0.05 + 0.35 * growth), colours);
    }
  }
  return { x: { data: x, shape: [count, frames, size, size, 3] }, y: { data: y, shape: [count, 2] } };
}

/** colours: those of the disc and of what is behind it, from 0 to 1. */
function drawDisc(pixels, size, at, radius, colours) {
  for (let i = 0; i < size * size; i++) {
    const isInside = Math.hypot((i % size) - at.x, Math.floor(i / size) - at.y) < radius;
    for (let channel = 0; channel < 3; channel++) {
      pixels[i * 3 + channel] = 255 * colours[isInside ? channel : channel + 3];
    }
  }
}
