// Makes clips that can be classified only by the order of their frames: a film seen through a window that pans left in one class
// and right in the other, at 4 to 8 pixels per frame, again and again from a new place. Both classes pass over the same places of
// the same pictures, so that the class cannot be found from one frame or from the mean of all frames. There is one clip per class, in the order
// of the film: what `zoetrope train` holds out (the last quarter) is from a later part of it, with an unused part between.
// Needs ffmpeg.
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

const side = 160;
/** Frames per pan: two windows of 12. */
const frames = 24;
const framesPerSecond = 10;
const numPans = Number(values.pans);
const firstHeld = numPans - Math.floor(numPans / 4);

/** The film's frames: { width, height, numFrames, data } of RGB. */
function decode(path) {
  const probe = ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "csv=p=0"];
  const [width, height] = run("ffprobe", [...probe, path])
    .toString()
    .trim()
    .split(",")
    .map(Number);
  const data = run("ffmpeg", ["-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]);
  return { width, height, numFrames: data.length / (width * height * 3), data };
}

function run(tool, args) {
  const { stdout, stderr, error, status } = spawnSync(tool, args, { maxBuffer: 2 ** 32 });
  if (status !== 0) throw new Error(`${tool}: ${error?.message ?? stderr}`);
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
function cut({ width, height, data }, frame, x, y) {
  const square = Buffer.alloc(side * side * 3);
  for (let row = 0; row < side; row++) {
    const from = ((frame * height + y + row) * width + x) * 3;
    data.copy(square, row * side * 3, from, from + side * 3);
  }
  return square;
}

async function write(source, name) {
  mkdirSync(join(folder, name), { recursive: true });
  const out = join(folder, name, "pan.mp4");
  const input = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${side}x${side}`, "-r", `${framesPerSecond}`, "-i", "-"];
  const encoder = spawn("ffmpeg", ["-v", "error", "-y", ...input, "-pix_fmt", "yuv420p", out], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  const chances = await random([numPans, 3], { seed: Number(values.seed) }).data();
  for (let pan = 0; pan < numPans; pan++) {
    const [speed, left, top] = chances.subarray(3 * pan, 3 * pan + 3);
    const travel = (4 + 4 * speed) * (frames - 1);
    const x = left * (source.width - side - travel);
    const y = Math.floor(top * (source.height - side + 1));
    for (let i = 0; i < frames; i++) {
      const moved = (travel * (name === "right" ? i : frames - 1 - i)) / (frames - 1);
      encoder.stdin.write(cut(source, startFrame(pan, source.numFrames) + i, Math.round(x + moved), y));
    }
  }
  encoder.stdin.end();
  const code = await new Promise((done) => encoder.on("close", done));
  if (code !== 0) throw new Error(`ffmpeg stopped with exit code ${code}`);
  console.log(`${out}: ${numPans} pans of ${frames} frames, ${(numPans * frames) / framesPerSecond} s`);
}

const source = decode(film);
await write(source, "left");
await write(source, "right");
