// Makes clips that can be classified only by the order of their frames: a film seen through a window that pans left in one class
// and right in the other, at 4 to 8 pixels per frame, again and again from a new place. Both classes pass over the same places of
// the same pictures, so that the class cannot be found from one frame or from the mean of all frames. There is one clip per class, in the order
// of the film: what `zoetrope train` holds out (the last quarter) is from a later part of it, with an unused part between.
// The film is scaled first, and its first seconds are sampled at a fixed rate, so that the window shows as much of a large
// film as of a small one. Needs ffmpeg.
//   node scripts/panningClips.mjs film.mp4 folder [--seed 1] [--pans 40]
//   npm start -- train folder --frames 12 --window 1.2
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { random } from "zoetrope";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string", default: "1" }, pans: { type: "string", default: "40" } },
});
const [film, folder] = positionals;
if (!folder) throw new Error("expected a film and a folder to make clips in");

/** What is read of the film: so many seconds, its middle scaled to this size. */
const [seconds, width, height] = [12, 384, 288];
const framesPerSecond = 10;
/** The side of the window. */
const side = 160;
/** Frames per pan: two windows of 12. */
const frames = 24;
const numPans = Number(values.pans);
const firstHeld = numPans - Math.floor(numPans / 4);

/** The film's frames, one after the other, as RGB. */
function decode(path) {
  const size = `scale=${width}:${height}:force_original_aspect_ratio=increase,crop=${width}:${height}`;
  const filters = ["-t", `${seconds}`, "-vf", `fps=${framesPerSecond},${size}`];
  const args = ["-v", "error", "-i", path, ...filters, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"];
  const { stdout, stderr, error, status } = spawnSync("ffmpeg", args, { maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`ffmpeg: ${error?.message ?? stderr}`);
  return stdout;
}

/** The first frame of each pan: pans for training are from the first 60 % of the film, held-out ones from the last 30 %. */
function startFrame(pan, numFrames) {
  const isHeld = pan >= firstHeld;
  const [from, to] = isHeld ? [Math.round(0.7 * numFrames), numFrames] : [0, Math.round(0.6 * numFrames)];
  const share = isHeld ? (pan - firstHeld) / (numPans - firstHeld) : pan / firstHeld;
  return from + Math.floor(share * (to - from - frames + 1));
}

/** The square of `side` x `side` pixels at (x, y) of a frame. */
function cut(pixels, frame, x, y) {
  const square = Buffer.alloc(side * side * 3);
  for (let row = 0; row < side; row++) {
    const from = ((frame * height + y + row) * width + x) * 3;
    pixels.copy(square, row * side * 3, from, from + side * 3);
  }
  return square;
}

async function write(pixels, numFrames, name) {
  mkdirSync(join(folder, name), { recursive: true });
  const out = join(folder, name, "pan.mp4");
  const input = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${side}x${side}`, "-r", `${framesPerSecond}`, "-i", "-"];
  const encoder = spawn("ffmpeg", ["-v", "error", "-y", ...input, "-pix_fmt", "yuv420p", out], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  const numbers = random([numPans, 3], { seed: Number(values.seed) });
  const chances = await numbers.data();
  numbers.dispose();
  for (let pan = 0; pan < numPans; pan++) {
    const [speed, left, top] = chances.subarray(3 * pan, 3 * pan + 3);
    const travel = (4 + 4 * speed) * (frames - 1);
    const x = left * (width - side - travel);
    const y = Math.floor(top * (height - side + 1));
    for (let i = 0; i < frames; i++) {
      const moved = (travel * (name === "right" ? i : frames - 1 - i)) / (frames - 1);
      encoder.stdin.write(cut(pixels, startFrame(pan, numFrames) + i, Math.round(x + moved), y));
    }
  }
  encoder.stdin.end();
  const code = await new Promise((done) => encoder.on("close", done));
  if (code !== 0) throw new Error(`ffmpeg stopped with exit code ${code}`);
  console.log(`${out}: ${numPans} pans of ${frames} frames, ${(numPans * frames) / framesPerSecond} s`);
}

const pixels = decode(film);
const numFrames = pixels.length / (width * height * 3);
console.log(`${film}: ${numFrames} frames of ${width}x${height}, ${framesPerSecond} frames/s`);
// The last 30 %, which are held out, must be as long as a pan.
if (0.3 * numFrames < frames) throw new Error(`${film}: expected at least ${frames / 0.3 / framesPerSecond} s of film`);
await write(pixels, numFrames, "left");
await write(pixels, numFrames, "right");
