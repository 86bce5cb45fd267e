export default {
  base: "./", // so that the built page can lie in any folder of a site
  build: { outDir: "build" },
  worker: { format: "es" }, // else the readers of other files than ours, which come when they are needed, all lie in the worker
  server: { fs: { allow: ["../.."] } }, // for zoetrope as a link to the folder above; an installed package needs no such line
};
