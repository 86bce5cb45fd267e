// Servers in all moods: each answers a request for a file in its own wrong way.
import { gzipSync } from "node:zlib";

/**
 * @typedef {import("../support/chance.mjs").Chance} Chance
 * @typedef {import("node:http").IncomingMessage} Request
 * @typedef {import("node:http").ServerResponse} Answer
 * @typedef {object} Mood
 * @property {(answer: Answer, file: Buffer, chance: Chance, request: Request) => void} answer
 * @property {true} [endless] Without an abort it takes as long as a server may be silent.
 * @property {true} [patient] It always sends something: only an abort ends it.
 * @property {true} [good] The whole file arrives.
 * @property {true} [changes] It may still be a file of the kind, with other numbers.
 */

/** Calls again and again until the connection is closed. */
function every(/** @type {number} */ ms, /** @type {Answer} */ answer, /** @type {() => void} */ work) {
  const timer = setInterval(work, ms);
  answer.on("close", () => clearInterval(timer));
}

const page = "<!doctype html><title>\u001b[31mLog in\u001b[0m</title><h1>Please log in</h1>";

/** @type {Record<string, Mood>} */
export const moods = {
  good: { good: true, answer: (answer, file) => answer.end(file) },
  inPieces: {
    good: true,
    answer(answer, file) {
      let at = 0;
      every(1, answer, () => (at < file.length ? answer.write(file.subarray(at, (at += 1 + (file.length >> 4)))) : answer.end()));
    },
  },
  packed: {
    good: true,
    answer: (answer, file) => answer.setHeader("content-encoding", "gzip").end(gzipSync(file)),
  },
  redirected: {
    good: true,
    answer(answer, file, _, { url }) {
      if (/again/.test(url ?? "")) answer.end(file);
      else answer.writeHead(302, { location: `${url}?again` }).end();
    },
  },
  silent: { endless: true, answer: () => {} },
  onlyHeaders: { endless: true, answer: (answer, file) => answer.writeHead(200, { "content-length": file.length }).flushHeaders() },
  halfThenSilent: {
    endless: true,
    answer(answer, file) {
      answer.setHeader("content-length", file.length);
      answer.write(file.subarray(0, file.length >> 1));
    },
  },
  trickle: {
    endless: true,
    patient: true,
    answer(answer, file) {
      let at = 0;
      every(500, answer, () => answer.write(file.subarray(at % file.length, (at++ % file.length) + 1)));
    },
  },
  slowHeaders: {
    endless: true,
    answer(answer, _file, _chance, { socket }) {
      socket.write("HTTP/1.1 200 OK\r\n");
      every(300, answer, () => socket.write(`x-header: ${Math.random()}\r\n`));
      socket.on("close", () => answer.destroy());
    },
  },
  cut: {
    answer(answer, file, chance) {
      answer.setHeader("content-length", file.length);
      answer.write(file.subarray(0, chance.below(file.length)), () => answer.destroy());
    },
  },
  cutWithoutLength: {
    answer: (answer, file, chance) => answer.write(file.subarray(0, chance.below(file.length)), () => answer.destroy()),
  },
  tooShort: { answer: (answer, file, chance) => answer.end(file.subarray(0, chance.below(file.length))) },
  wrongLength: {
    answer(answer, file, chance) {
      const stated = chance.of(["0", "1", String(file.length - 1), "99999999999999999999", "-1", "x"]);
      answer.socket?.end(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${stated}\r\n\r\n`), file]));
    },
  },
  wrongEncoding: {
    answer: (answer, file, chance) => answer.setHeader("content-encoding", chance.of(["gzip", "br", "deflate", "gzip, gzip"])).end(file),
  },
  bomb: { answer: (answer) => answer.setHeader("content-encoding", "gzip").end(zeros) },
  redirectLoop: { answer: (answer, _, __, { url }) => answer.writeHead(302, { location: url }).end() },
  redirectAway: {
    answer: (answer, _, chance) => answer.writeHead(302, { location: chance.of(["file:///etc/hostname", "data:,x", "http://127.0.0.1:9/", "http://", "\u00e9", "ftp://x/"].map(encodeURI)) }).end(),
  },
  page: { answer: (answer) => answer.setHeader("content-type", "text/html").end(page) },
  empty: { answer: (answer) => answer.end() },
  noContent: { answer: (answer) => answer.writeHead(204).end() },
  status: { answer: (answer, _, chance) => answer.writeHead(chance.of([400, 401, 403, 404, 429, 500, 502, 503])).end(page) },
  endless: {
    answer(answer) {
      const piece = Buffer.alloc(2 ** 20, 65);
      const more = () => {
        while (!answer.destroyed && answer.write(piece));
      };
      answer.on("drain", more);
      more();
    },
  },
  noHttp: { answer: (answer) => answer.socket?.end("\u0000\u0001\u0002 nothing of the kind\r\n\r\n") },
  mixed: {
    changes: true,
    answer(answer, file, chance) {
      const changed = Buffer.from(file);
      for (let left = 20; left > 0; left--) changed[chance.below(changed.length)] ^= 1 << chance.below(8);
      answer.end(changed);
    },
  },
}; // prettier-ignore

/** 200 MB of zeros, packed. */
const zeros = gzipSync(Buffer.alloc(2e8), { level: 1 });
