/** The page's script: plain JavaScript for browsers, put into the page as it stands here. */
import { Html } from "./html.js";

export const script = new Html(String.raw`
"use strict";
const topByte = 254; // 255 stands for what is no number
const framesPerSecond = 6;
const palettes = JSON.parse(document.querySelector("script.palettes").textContent);
for (const [name, hex] of Object.entries(palettes)) {
  palettes[name] = hex.match(/../g).map((channel) => parseInt(channel, 16));
}

/** Paints bytes as a picture of height x width pixels, which the style sheet enlarges. opacityOf: 0 to 1. */
function paint(canvas, bytes, height, width, palette, opacityOf = () => 1) {
  canvas.height = height;
  canvas.width = width;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  bytes.forEach((byte, i) => {
    const colour = palettes[palette].slice(byte * 3, byte * 3 + 3);
    image.data.set([...colour, 255 * opacityOf(byte)], i * 4);
  });
  context.putImageData(image, 0, 0);
}

/** Over a frame: what is near 0 on a scale with two sides is left clear. */
const overlayOpacity = {
  sequential: () => 0.6,
  diverging: (byte) => 0.9 * Math.min(1, Math.abs(byte / topByte - 0.5) * 3),
};

const percent = (share) => (100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0) + " %";

function valueText(gate, byte) {
  if (byte > topByte) return "not a number";
  const range = gate.high - gate.low;
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(range)));
  return (gate.low + (range * byte) / topByte).toFixed(decimals).replace("-", "−");
}

const tip = document.createElement("div");
tip.className = "tip";
tip.setAttribute("aria-hidden", "true");
tip.hidden = true;
document.body.append(tip);

function showTip(event, text) {
  tip.hidden = false;
  tip.textContent = text;
  const left = event.clientX + 14;
  tip.style.left = Math.max(4, Math.min(left, innerWidth - tip.offsetWidth - 8)) + "px";
  tip.style.top = Math.max(4, event.clientY - tip.offsetHeight - 10) + "px";
}

/** Which pixel of a canvas the pointer is on, and what is to be said of it. */
function tell(canvas, textAt) {
  const show = (event) => {
    const box = canvas.getBoundingClientRect();
    const place = (share, size) => Math.max(0, Math.min(size - 1, Math.floor(share * size)));
    const x = place((event.clientX - box.left) / box.width, canvas.width);
    const y = place((event.clientY - box.top) / box.height, canvas.height);
    showTip(event, textAt(x, y));
  };
  canvas.addEventListener("pointermove", show);
  canvas.addEventListener("pointerdown", show);
  canvas.addEventListener("pointerleave", () => (tip.hidden = true));
}

function start(film) {
  const clip = JSON.parse(film.querySelector("script.clip").textContent);
  const { times, labels, steps = 1, height, width, isDense, filters, gates = [] } = clip;
  const all = (selector) => [...film.querySelectorAll(selector)];
  const one = (selector) => film.querySelector(selector);
  for (const gate of gates) gate.bytes = Uint8Array.from(atob(gate.bytes), (letter) => letter.charCodeAt(0));
  const frames = all(".track img");
  const numSteps = Math.max(1, frames.length);
  const [button, slider, output, scroller] = ["button", ".player input", "output", ".scroller"].map(one);
  const overlay = one(".overlay");
  let step = 0;
  let chosen = 0; // which of the filters
  let timer;

  const byteAt = (gate, filter, t, y, x) => gate.bytes[((filter * steps + t) * height + y) * width + x];
  const mapOf = (gate, filter, t) => {
    const from = (filter * steps + t) * height * width;
    return gate.bytes.subarray(from, from + height * width);
  };
  const placeText = (y, x) => (isDense ? "unit " + filters[y] : "filter " + filters[chosen] + ", row " + y + ", column " + x);
  const reading = (gate, t, y, x) =>
    gate.name + " = " + valueText(gate, byteAt(gate, chosen, t, y, x)) + "  (step " + t + ", " + placeText(y, x) + ")";

  function drawStrip() {
    for (const gate of gates) {
      const canvas = one('.track[data-gate="' + CSS.escape(gate.name) + '"] canvas');
      if (!canvas) continue;
      const row = new Uint8Array(height * steps * width);
      for (let y = 0, i = 0; y < height; y++) {
        for (let t = 0; t < steps; t++) for (let x = 0; x < width; x++) row[i++] = byteAt(gate, chosen, t, y, x);
      }
      paint(canvas, row, height, steps * width, gate.palette);
    }
    for (const dot of all("circle[data-filter]")) {
      dot.classList.toggle("chosen", !isDense && dot.dataset.filter === String(filters?.[chosen]));
    }
  }

  function drawStep() {
    for (const gate of gates) {
      const canvas = one('figure[data-gate="' + CSS.escape(gate.name) + '"] canvas');
      paint(canvas, mapOf(gate, chosen, step), height, width, gate.palette);
    }
    const state = gates.find(({ name }) => name === clip.state);
    all(".thumb canvas").forEach((canvas, i) => paint(canvas, mapOf(state, i, step), height, width, state.palette));
    const over = gates.find(({ name }) => name === one(".overlays :checked")?.value);
    if (overlay) overlay.hidden = !over;
    if (over) paint(overlay, mapOf(over, chosen, step), height, width, over.palette, overlayOpacity[over.palette]);
    if (frames.length) one(".screen img").src = frames[step].src;
    one(".screen img").alt = "frame " + step;
    if (labels) one(".seen").replaceChildren(...labels[step].map(scoreRow));
    film.style.setProperty("--step", step);
    for (const line of all(".now line")) {
      line.setAttribute("transform", "translate(" + step * line.closest("svg").dataset.stepWidth + ", 0)");
    }
    if (!slider) return;
    slider.value = step;
    output.textContent = "step " + step + " of " + (numSteps - 1) + (times ? ", " + times[step].toFixed(2) + " s" : "");
    slider.setAttribute("aria-valuetext", output.textContent);
  }

  function scoreRow({ label, score }) {
    const [row, name, bar, number] = ["li", "span", "i", "b"].map((tag) => document.createElement(tag));
    name.textContent = label;
    bar.style.setProperty("--share", Math.min(1, Math.max(0, score || 0)));
    number.textContent = percent(score);
    row.append(name, bar, number);
    return row;
  }

  function goTo(next) {
    step = Math.max(0, Math.min(numSteps - 1, next));
    drawStep();
    if (!scroller) return;
    const cell = one(".track").offsetWidth / numSteps;
    const label = one(".strip .gate").offsetWidth;
    const seen = scroller.clientWidth - label;
    const left = step * cell;
    if (left < scroller.scrollLeft) scroller.scrollLeft = left;
    else if (left + cell > scroller.scrollLeft + seen) scroller.scrollLeft = left + cell - seen;
  }

  function play(on) {
    clearInterval(timer);
    timer = on ? setInterval(() => goTo((step + 1) % numSteps), 1000 / framesPerSecond) : undefined;
    button.textContent = on ? "Pause" : "Play";
  }

  const keys = { ArrowLeft: () => step - 1, ArrowRight: () => step + 1, Home: () => 0, End: () => numSteps - 1 };
  film.addEventListener("keydown", (event) => {
    if (numSteps === 1 || event.target.matches("[type=radio], button")) return; // they have keys of their own
    if (event.key === " ") play(timer === undefined);
    else if (keys[event.key]) goTo(keys[event.key]());
    else return;
    event.preventDefault();
  });
  button?.addEventListener("click", () => play(timer === undefined));
  slider?.addEventListener("input", () => goTo(Number(slider.value)));
  film.addEventListener("change", ({ target }) => {
    if (target.name?.startsWith("filter")) {
      chosen = Number(target.value);
      drawStrip();
    }
    drawStep();
  });
  for (const track of all(".track")) {
    track.addEventListener("click", (event) => {
      const box = track.getBoundingClientRect();
      goTo(Math.floor(((event.clientX - box.left) / box.width) * numSteps));
    });
  }
  for (const gate of gates) {
    const name = CSS.escape(gate.name);
    tell(one('figure[data-gate="' + name + '"] canvas'), (x, y) => reading(gate, step, y, x));
    const row = one('.track[data-gate="' + name + '"] canvas');
    if (row) tell(row, (x, y) => reading(gate, Math.floor(x / width), y, x % width));
  }
  drawStrip();
  drawStep();
}

for (const film of document.querySelectorAll(".film")) start(film);
`);
