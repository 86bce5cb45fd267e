export default {
  base: "./", // so that the built page can lie in any folder of a site
  build: { outDir: "build" },
  server: { fs: { allow: ["../.."] } }, // for zoetrope as a link to the folder above; an installed package needs no such line
};
