export default {
  base: "./", // so that the built page works in any folder of a site
  build: { outDir: "build" },
  worker: { format: "es" }, // otherwise the readers of other formats, which are loaded when needed, would be part of the worker
  server: { fs: { allow: ["../.."] } }, // because zoetrope is a link to the repository here; an installed package does not need this line
};
