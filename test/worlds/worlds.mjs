// The worlds: kinds of projects that use the package. One row each; see test/README.md.

/**
 * @typedef {"builds" | "runs" | "predicts" | "trains" | "files" | "packages"} Step
 * @typedef {object} World
 * @property {string} title The name in docs/worlds.md; `{package}` is its installed version.
 * @property {string[]} files The folders of test/worlds that hold the project's files; later ones replace files of earlier ones.
 * @property {string} [app] The form of the shared app: "js" (ES module, by default), "cjs" or "ts".
 * @property {Record<string, string>} [packages] What the project installs beside zoetrope.
 * @property {"module" | "commonjs" | "none"} [type] The `type` of its package.json; "module" by default, "none": without.
 * @property {string[]} [build] Commands that build it.
 * @property {import("./hosts.mjs").Host} host Where it runs.
 * @property {string} [bundle] The folder with the built scripts, whose size is given.
 * @property {boolean} [formats] Whether its app imports zoetrope/formats; true by default.
 * @property {true} [quick] Whether `.ci/run` tries it.
 * @property {{ steps: Step[], sometimes?: Step[], why: string }} [cannot] What fails there, what fails at times, and why it cannot be
 *   mended here. Another result is a failure of the run.
 */

/** @type {Record<string, World>} */
export const worlds = {
  node: { title: "Node {node}", files: ["node"], host: { node: "node main.js" }, quick: true },
  commonjs: {
    title: "Node {node}, CommonJS `require`",
    files: ["commonjs"],
    app: "cjs",
    type: "commonjs",
    host: { node: "node main.js" },
    quick: true,
  },
  bun: { title: "Bun {bun}", files: ["node"], packages: { bun: "1" }, host: { node: "bun main.js" } },
  deno: { title: "Deno {deno}", files: ["node"], packages: { deno: "2" }, host: { node: "deno run main.js" } },
  esbuild: {
    title: "esbuild {esbuild}",
    files: ["page"],
    packages: { esbuild: "^0.28" },
    build: ["esbuild main.js --bundle --splitting --format=esm --minify --outdir=dist"],
    host: { page: "." },
    bundle: "dist",
    quick: true,
  },
  vite: {
    title: "Vite {vite}",
    files: ["page", "html"],
    packages: { vite: "8" },
    build: ["vite build"],
    host: { page: "dist" },
    bundle: "dist",
  },
  "vite-dev": {
    title: "Vite {vite}, development server",
    files: ["page", "html"],
    packages: { vite: "8" },
    host: { server: "vite --port $PORT --strictPort", pages: ["/"] },
  },
  webpack: {
    title: "webpack {webpack}",
    files: ["page", "webpack"],
    packages: { webpack: "5", "webpack-cli": "6" },
    build: ["webpack --mode production"],
    host: { page: "." },
    bundle: "dist",
    quick: true,
  },
  "webpack-5.95": {
    title: "webpack {webpack}",
    files: ["page", "webpack"],
    packages: { webpack: "5.95.0", "webpack-cli": "5" },
    build: ["webpack --mode production"],
    host: { page: "." },
    bundle: "dist",
  },
  rspack: {
    title: "Rspack {@rspack/core}",
    files: ["page", "webpack"],
    packages: { "@rspack/core": "2", "@rspack/cli": "2" },
    build: ["rspack build --mode production"],
    host: { page: "." },
    bundle: "dist",
  },
  rollup: {
    title: "Rollup {rollup}",
    files: ["page"],
    packages: { rollup: "4", "@rollup/plugin-node-resolve": "16" },
    build: ["rollup main.js --dir dist --format es --plugin node-resolve"],
    host: { page: "." },
    bundle: "dist",
  },
  parcel: {
    title: "Parcel {parcel}",
    files: ["page", "html"],
    packages: { parcel: "2" },
    build: ["parcel build index.html"],
    host: { page: "dist" },
    bundle: "dist",
  },
  "bun-build": {
    title: "Bun {bun}, `bun build`",
    files: ["page"],
    packages: { bun: "1" },
    build: ["bun build main.js --splitting --minify --outdir=dist"],
    host: { page: "." },
    bundle: "dist",
  },
  "subpaths-esbuild": {
    title: "esbuild {esbuild}, with zoetrope/ndarray, zoetrope/gpujs and zoetrope/kernels",
    files: ["page", "subpaths"],
    packages: { esbuild: "^0.28", ndarray: "1", "gpu.js": "2" },
    build: ["esbuild main.js --bundle --splitting --format=esm --minify --outdir=dist"],
    host: { page: "." },
    bundle: "dist",
  },
  "subpaths-webpack": {
    title: "webpack {webpack}, with zoetrope/ndarray, zoetrope/gpujs and zoetrope/kernels",
    files: ["page", "webpack", "subpaths"],
    packages: { webpack: "5", "webpack-cli": "6", ndarray: "1", "gpu.js": "2" },
    build: ["webpack --mode production"],
    host: { page: "." },
    bundle: "dist",
  },
  next: {
    title: "Next.js {next}, Turbopack",
    files: ["next"],
    packages: { next: "16", react: "19", "react-dom": "19" },
    type: "none",
    build: ["next build"],
    host: { server: "next start -p $PORT", pages: ["/"], texts: ["/api/predict"] },
  },
  "next-webpack": {
    title: "Next.js {next}, webpack",
    files: ["next"],
    packages: { next: "16", react: "19", "react-dom": "19" },
    type: "none",
    build: ["next build --webpack"],
    host: { server: "next start -p $PORT", pages: ["/"], texts: ["/api/predict"] },
  },
  "next-edge": {
    title: "Next.js {next}, Turbopack, edge runtime",
    cannot: {
      steps: ["packages"],
      sometimes: ["predicts", "trains", "files"], // what takes longer than 32 ms
      why: "the edge runtime, which Next.js has deprecated in favour of its Node.js runtime, has a `setImmediate` and a `process.getBuiltinModule` that throw; only predictions and training steps of at most 32 ms work",
    },
    files: ["next", "next-edge"],
    packages: { next: "16", react: "19", "react-dom": "19" },
    type: "none",
    build: ["next build"],
    host: { server: "next start -p $PORT", texts: ["/api/predict"] },
  },
  react: {
    title: "React {react} StrictMode, Vite {vite}",
    files: ["react"],
    packages: { vite: "8", "@vitejs/plugin-react": "6", react: "19", "react-dom": "19" },
    host: { server: "vite --port $PORT --strictPort", pages: ["/"] },
  },
  worker: {
    title: "a web worker, Vite {vite}",
    files: ["html", "worker"],
    packages: { vite: "8" },
    build: ["vite build"],
    host: { page: "dist" },
    bundle: "dist",
  },
  "service-worker": {
    title: "a service worker, esbuild {esbuild}",
    files: ["service-worker"],
    packages: { esbuild: "^0.28" },
    build: ["esbuild worker.js --bundle --minify --outdir=dist"],
    host: { page: "." },
    bundle: "dist",
  },
  extension: {
    title:
      "an extension (Manifest V3, whose manifest allows `'wasm-unsafe-eval'`): its page and worker, esbuild {esbuild}",
    files: ["extension"],
    packages: { esbuild: "^0.28" },
    build: ["esbuild worker.js page.js --bundle --format=esm --minify --outdir=dist"],
    host: { extension: "." },
    bundle: "dist",
  },
  csp: {
    title: "a strict content security policy, esbuild {esbuild}",
    files: ["page"],
    packages: { esbuild: "^0.28" },
    build: ["esbuild main.js --bundle --splitting --format=esm --minify --outdir=dist"],
    host: { page: ".", policy: "default-src 'none'; img-src data:; script-src 'self' 'wasm-unsafe-eval'" },
    bundle: "dist",
  },
  "script-tag": {
    title: '`<script type="module">`, dist/zoetrope.min.js',
    files: ["script-tag"],
    host: { page: "." },
    formats: false,
  },
  "import-map": { title: "an import map, no bundler", files: ["page", "import-map"], host: { page: "." } },
  workers: {
    title: "Cloudflare Workers, wrangler {wrangler}",
    cannot: {
      steps: ["packages"],
      why: "h5wasm compiles its WebAssembly from bytes, which Workers refuse, so that files of Keras are not read there; convert them with `zoetrope convert` first",
    },
    files: ["workers"],
    packages: { wrangler: "4" },
    host: { server: "wrangler dev --port $PORT --inspector-port 0", texts: ["/"] },
  },
  ...typescriptWorlds(),
  jest: {
    title: "jest {jest}, ES modules",
    files: ["jest"],
    packages: { jest: "30" },
    host: { node: "NODE_OPTIONS=--experimental-vm-modules jest --testTimeout 60000" },
  },
  "jest-commonjs": {
    title: "jest {jest}, CommonJS",
    files: ["jest-commonjs"],
    cannot: {
      steps: ["runs", "predicts", "trains", "files", "packages"],
      why: "jest's own `require` loads ES modules only on Node 24.9 and later, and jest transforms no packages by itself; on older Node, run jest with ES modules (the row above)",
    },
    packages: { jest: "30" },
    app: "cjs",
    type: "commonjs",
    host: { node: "jest --testTimeout 60000" },
  },
  "jest-jsdom": {
    title: "jest {jest}, ES modules, jsdom",
    cannot: {
      steps: ["files", "packages"],
      why: "jest's jsdom environment has no TextEncoder and no Response, which reading and writing files needs; it predicts and trains",
    },
    files: ["jest"],
    packages: { jest: "30", "jest-environment-jsdom": "30" },
    host: { node: "NODE_OPTIONS=--experimental-vm-modules jest --env jsdom --testTimeout 60000" },
  },
  "vitest-jsdom": {
    title: "vitest {vitest}, jsdom {jsdom}",
    files: ["vitest"],
    packages: { vitest: "4", jsdom: "27" },
    host: { node: "vitest run" },
  },
};

/** TypeScript of several versions, which checks declaration files too. */
function typescriptWorlds() {
  /** @type {Record<string, World>} */
  const result = {};
  for (const [version, modules] of Object.entries({
    5.2: ["node16", "nodenext"],
    5.5: [],
    5.9: ["nodenext"],
    6: [],
    7: ["node16", "nodenext"],
  })) {
    const shared = {
      app: "ts",
      packages: { typescript: version },
      build: ["tsc -p ."],
      host: { node: "node main.js" },
    };
    result[`typescript-${version}`] = {
      ...shared,
      title: "TypeScript {typescript}, `nodenext`",
      files: ["typescript"],
    };
    for (const module of modules) {
      result[`typescript-${version}-commonjs-${module}`] = {
        ...shared,
        title: `TypeScript {typescript}, CommonJS, \`${module}\``,
        files: ["typescript", `typescript-commonjs-${module}`],
        type: "commonjs",
      };
    }
  }
  result["typescript-5.2"].quick = true;
  return result;
}
