// The modules of the project: what each is for, what it may import, and how many lines it may have. test/house.test.ts holds the
// code to it, and docs/architecture.md is printed from it (npm run docs:architecture).

/**
 * @typedef {object} Module
 * @property {string} purpose One line, for the table in docs/architecture.md.
 * @property {string} group The group that its lines count for; see `lineBudgets`.
 * @property {true} [leaf] A leaf module imports only leaf modules, and every module may import it.
 * @property {string[]} [mayImport] The modules that it may import besides itself and the leaf modules. `type x`: only types of x.
 *   `lazy x`: only by import(), so that x is loaded when it is first needed.
 * @property {string[]} [packages] The packages that it may import; `node:` means Node's own. A user only installs the
 *   engine: these packages are bundled at build, or optional peers.
 */

/** @type {Record<string, Module>} */
export const modules = {
  // ── leaf modules ──────────────────────────────────────────────────────────────────────────────────────────────────────
  errors: { purpose: "The classes of errors, and sentences that several of them share", group: "engine", leaf: true },
  shape: { purpose: "Shapes, padding and the size structs of kernels", group: "engine", leaf: true },
  elementary: { purpose: "Logarithm, sine and cosine with the same bits everywhere", group: "engine", leaf: true },
  powers: { purpose: "Powers with the same bits everywhere", group: "engine", leaf: true },
  random: { purpose: "Random streams by seed and number", group: "engine", leaf: true },
  kernels: { purpose: "The kernel contract as types", group: "engine", leaf: true },
  kernelTable: { purpose: "The kernel contract as a value: uses, rows and costs", group: "engine", leaf: true },
  sumParts: { purpose: "The number of parts into which long sums are cut", group: "engine", leaf: true },
  convolutionRoad: { purpose: "The road that a convolution takes, by its size", group: "engine", leaf: true },
  derived: { purpose: "Values kept beside the buffers that they are computed from", group: "engine", leaf: true },
  address: { purpose: "Whether a text is an address, and what of it may be shown", group: "support", leaf: true },
  macs: { purpose: "The multiply-adds of kernels", group: "engine", leaf: true },
  slot: { purpose: "Memory of kernel calls that are recorded before they run", group: "engine", leaf: true },
  transfer: { purpose: "Downloads", group: "support", leaf: true },
  signatures: { purpose: "The first bytes that file formats begin with", group: "support", leaf: true },
  scope: { purpose: "Scopes, which dispose tensors at their end", group: "engine", leaf: true },
  named: { purpose: "Functions and layers as `{ className, config }`", group: "layers", leaf: true },
  orthogonal: { purpose: "Orthogonal matrices, the first values of recurrent weights", group: "layers", leaf: true },
  resize: { purpose: "The positions of the samples of a resized picture", group: "support", leaf: true },
  printable: { purpose: "Other people's texts, made fit for messages and terminals", group: "support", leaf: true },
  finite: { purpose: "Whether numbers are finite", group: "support", leaf: true },
  host: { purpose: "The modules of Node, where there is Node", group: "support", leaf: true },
  cacheFolder: { purpose: "The folder of downloads", group: "support", leaf: true },

  // ── the engine ────────────────────────────────────────────────────────────────────────────────────────────────────────
  "backends/reference": { purpose: "Every kernel as plain loops, in single or double precision", group: "backends" },
  "backends/wasm": { purpose: "The default backend: memory and bindings of the WebAssembly kernels", group: "engine" },
  "backends/gpujs": {
    purpose: "Some kernels as gpu.js shaders",
    group: "backends",
    packages: ["gpu.js"],
  },
  launch: { purpose: "The one function through which every kernel call passes", group: "engine" },
  backend: { purpose: "The current backend", group: "engine", mayImport: ["backends/wasm", "launch"] },
  tensor: { purpose: "Tensors, variables and scopes", group: "engine", mayImport: ["backend"] },
  strings: { purpose: "Strings as inputs", group: "layers", mayImport: ["backend", "tensor"] },
  autograd: { purpose: "The tape and the backward pass", group: "engine", mayImport: ["backends/wasm", "tensor"] },
  op: { purpose: "The definition of ops", group: "engine", mayImport: ["autograd", "tensor", "type backend"] },
  ops: {
    purpose: "The ops: shape rule, forward and backward pass",
    group: "engine",
    mayImport: ["op", "tensor", "type watch"],
  },

  // ── layers ────────────────────────────────────────────────────────────────────────────────────────────────────────────
  activation: { purpose: "The definition of activation functions", group: "layers", mayImport: ["op", "type tensor"] },
  activations: {
    purpose: "The activation functions, and their table",
    group: "layers",
    mayImport: ["activation", "op", "ops", "tensor"],
  },
  initializers: { purpose: "First values of weights by name", group: "layers" },
  regularizers: {
    purpose: "Penalties on weights and activities by name",
    group: "layers",
    mayImport: ["ops", "type tensor"],
  },
  constraints: { purpose: "Bounds of weights by name", group: "layers", mayImport: ["ops", "type tensor"] },
  watch: {
    purpose: "The types by which inspection watches recurrent layers",
    group: "layers",
    mayImport: ["type tensor"],
  },
  weightFactory: {
    purpose: "Makes weights; readers of files replace the factory",
    group: "layers",
    mayImport: ["type initializers", "tensor"],
  },
  penalties: { purpose: "Collects the penalties of activities", group: "layers", mayImport: ["type tensor"] },
  layer: {
    purpose: "The base class of layers",
    group: "layers",
    mayImport: [
      ...[
        "constraints",
        "initializers",
        "launch",
        "ops",
        "penalties",
        "regularizers",
        "tensor",
        "type watch",
        "weightFactory",
      ],
    ],
  },
  recompute: {
    purpose: "Layers that are computed again in the backward pass",
    group: "training",
    mayImport: ["autograd", "layer", "op", "type tensor"],
  },
  registry: { purpose: "The classes of layers by name", group: "layers", mayImport: ["type layer"] },
  layers: {
    purpose: "The layers, one file for each kind",
    group: "layers",
    mayImport: [
      ...["activations", "constraints", "initializers", "layer", "ops", "registry", "regularizers"],
      ...["strings", "tensor", "type watch"],
    ],
  },

  operations: {
    purpose: "Ops on symbolic tensors, and the layer that they make",
    group: "operations",
    mayImport: [...["activations", "type activation", "backend", "layer", "op", "ops", "tensor"]],
  },

  // ── models and training ───────────────────────────────────────────────────────────────────────────────────────────────
  optimizer: {
    purpose: "The base class of optimizers",
    group: "training",
    mayImport: ["backends/wasm", "op", "ops", "tensor"],
  },
  optimizers: {
    purpose: "The optimizers, and their table",
    group: "training",
    mayImport: ["optimizer", "ops", "tensor"],
  },
  loss: { purpose: "The definition of losses", group: "training", mayImport: ["op", "ops", "tensor"] },
  losses: { purpose: "The losses, and their table", group: "training", mayImport: ["loss", "op", "ops", "tensor"] },
  metric: { purpose: "The definition of metrics", group: "training", mayImport: ["loss", "op", "ops", "tensor"] },
  metrics: {
    purpose: "The metrics, and their table",
    group: "training",
    mayImport: ["loss", "metric", "op", "ops", "tensor"],
  },
  callback: { purpose: "The interface of callbacks", group: "training", mayImport: ["type tensor"] },
  callbacks: {
    purpose: "The callbacks that come with the package",
    group: "training",
    mayImport: ["type callback", "type tensor"],
  },
  summary: {
    purpose: "The table that `summary()` prints",
    group: "training",
    mayImport: ["type layer", "type tensor"],
  },
  plan: {
    purpose: "Recorded kernel calls: joining, keeping, running and showing them",
    group: "plan",
    mayImport: ["backend", "launch", "tensor", "type layer"],
  },
  training: {
    purpose: "`compile`, `fit`, `evaluate` and `predict`",
    group: "training",
    mayImport: [
      ...[
        "autograd",
        "backend",
        "callback",
        "layer",
        "plan",
        "loss",
        "losses",
        "metric",
        "metrics",
        "ops",
        "type optimizer",
        "optimizers",
      ],
      ...["penalties", "strings", "summary", "tensor"],
    ],
  },
  streaming: {
    purpose: "Streams: models computed frame by frame",
    group: "training",
    mayImport: ["layer", "ops", "plan", "strings", "tensor", "training"],
  },
  model: {
    purpose: "Graphs of layers",
    group: "training",
    mayImport: ["layer", "registry", "streaming", "type summary", "type tensor", "training"],
  },

  // ── beside the engine: subpaths of the package ────────────────────────────────────────────────────────────────────────
  applications: {
    purpose: "MobileNet and its weights",
    group: "applications",
    mayImport: ["autograd", "formats/safetensors", "lazy formats", "type layer", "layers", "model", "ops", "tensor"],
  },
  "formats/safetensors": { purpose: "Reads safetensors", group: "formats" },
  formats: {
    purpose: "Model files: safetensors, Keras, TensorFlow.js, ONNX",
    group: "formats",
    mayImport: [
      ...["activations", "autograd", "type callback", "formats/safetensors", "layer", "layers", "type loss", "losses"],
      ...["type metric", "metrics", "model", "operations", "ops", "type optimizer", "optimizers", "registry"],
      ...["tensor", "training", "weightFactory"],
    ],
    packages: ["h5wasm", "fflate", "pbf"],
  },
  inspect: {
    purpose: "Gates, ablation and gradients through time",
    group: "inspect",
    mayImport: ["autograd", "type callback", "layer", "layers", "model", "ops", "tensor", "type watch"],
  },
  datasets: { purpose: "Moving digits", group: "datasets", mayImport: ["type tensor"] },
  "node/decoding": {
    purpose: "Decodes JPEG and PNG, within limits and in a thread",
    group: "pictures",
    packages: ["node:", "jpeg-js"],
  },
  node: {
    purpose: "Films and pictures in Node, and callbacks that write files",
    group: "node",
    mayImport: ["type callback", "node/decoding"],
    packages: ["node:"],
  },
  report: {
    purpose: "The HTML report of a clip",
    group: "report",
    mayImport: ["type inspect"],
    packages: ["jpeg-js", "fast-png", "@observablehq/plot", "linkedom"],
  },
  "report/page": { purpose: "The script in the page of a report", group: "report", mayImport: ["report"] },
  bareKernels: {
    purpose: "The kernels without the engine, for those who time them",
    group: "backends",
    mayImport: ["backends/wasm", "launch"],
  },
  ndarray: {
    purpose: "Tensors from and to ndarray",
    group: "support",
    mayImport: ["tensor"],
    packages: ["ndarray"],
  },
  pixels: { purpose: "Tensors from canvases, images and video", group: "support", mayImport: ["tensor"] },
  print: { purpose: "Tensors as text", group: "support", mayImport: ["type tensor"] },

  // ── the public names, the command, the examples ───────────────────────────────────────────────────────────────────────
  index: {
    purpose: "Every public name of the default entry",
    group: "support",
    mayImport: [
      ...["activations", "applications", "autograd", "backend", "callbacks", "constraints"],
      ...[
        "initializers",
        "layer",
        "layers",
        "losses",
        "metrics",
        "model",
        "type op",
        "type plan",
        "operations",
        "type ops",
        "optimizers",
        "pixels",
        "print",
      ],
      ...["recompute", "registry", "regularizers", "streaming", "strings", "tensor", "training"],
    ],
  },
  cli: {
    purpose: "The `zoetrope` command",
    group: "cli",
    mayImport: ["datasets", "formats", "index", "inspect", "node", "report"],
    packages: ["node:", "commander"],
  },
  examples: {
    purpose: "Programs that use the package as its users do",
    group: "examples",
    packages: ["node:", "zoetrope"],
  },
};

export const leafModules = Object.keys(modules).filter((name) => modules[name].leaf);

/**
 * @type {Record<string, number>}
 * The most lines that the modules of a group (and the folder assembly/) may have in all; blank lines and comments do not count.
 * `node scripts/lines.mjs` prints the present numbers.
 */
export const lineBudgets = {
  engine: 5580,
  plan: 965,
  layers: 8280,
  operations: 1330,
  training: 6030,
  backends: 1040,
  support: 541,
  applications: 460,
  formats: 10360,
  inspect: 760,
  datasets: 180,
  node: 1145,
  pictures: 470,
  report: 1760,
  cli: 3720,
  assembly: 3509,
};
