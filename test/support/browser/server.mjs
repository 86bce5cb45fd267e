// A server of static files on a free port, with the headers of a variant.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

/**
 * What a page may be told by headers.
 * - plain: nothing.
 * - isolated: cross-origin isolated, so that it has SharedArrayBuffer.
 * - strict: a content security policy that allows WebAssembly, scripts and workers of this server, and nothing else.
 * - strictIsolated: both.
 * - noWasm: a policy that does not allow WebAssembly.
 */
export const variants = /** @satisfies {Record<string, Record<string, string>>} */ ({
  plain: {},
  isolated: isolation(),
  strict: { "content-security-policy": strictPolicy() },
  strictIsolated: { ...isolation(), "content-security-policy": strictPolicy() },
  noWasm: { "content-security-policy": "script-src 'self'" },
});

function isolation() {
  return { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
}

function strictPolicy() {
  const own = ["script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'", "connect-src 'self'"];
  return ["default-src 'none'", ...own].join("; ");
}

const types = /** @type {Record<string, string>} */ ({
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
});

/**
 * @typedef {object} ServeOptions
 * @property {string} [folder] Its files are served by their paths; a path that ends in "/" is its index.html.
 * @property {Readonly<Record<string, string>>} [files] Texts by path, such as "/main.js"; they come before the folder's files.
 * @property {(path: string) => void} [onRequest] Called with the path of every request.
 * @property {Readonly<Record<string, string>>} [headers] Headers of every answer; those of `variants.plain` by default.
 */

/** Serves files until `close`. @returns the address, which ends in "/". */
export async function serve(/** @type {ServeOptions} */ { folder, files = {}, headers = {}, onRequest }) {
  const server = createServer(({ url }, answer) => {
    const path = normalize(decodeURIComponent(new URL(url ?? "", "http://localhost").pathname)).replaceAll("\\", "/");
    onRequest?.(path);
    const name = path.endsWith("/") ? `${path}index.html` : path;
    const text = files[path] ?? files[name];
    const file = folder === undefined ? "" : join(folder, name);
    const isFound = text !== undefined || (existsSync(file) && statSync(file).isFile());
    const type = types[extname(name)] ?? "application/octet-stream";
    answer.writeHead(isFound ? 200 : 404, { "content-type": isFound ? type : "text/plain", ...headers });
    if (text === undefined && isFound) createReadStream(file).pipe(answer);
    else answer.end(text);
  });
  await new Promise((listening) => server.listen(0, "localhost", () => listening(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { address: `http://localhost:${port}/`, close };
}
