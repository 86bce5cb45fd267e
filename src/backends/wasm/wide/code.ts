/** Loads the wide build when an engine asks for it. In Node, where all files are loaded anyway, it is loaded from the start. */
import { LoadError } from "../../../errors.js";

type WideCode = typeof import("./build.js");

let code: WideCode | undefined;

/** Sets the code of the wide build; a static import calls it. */
export const provideWide = (given: WideCode): void => void (code = given);

/** Loads the code of the wide build, where that is possible. */
export const loadWide = async (): Promise<void> => {
  code ??= await import("./build.js").catch(failed);
};

const failed = (cause?: Error): never => {
  const why = cause ? ` (${String(cause)})` : "";
  throw new LoadError(
    `init: wide: true: the wide build is not loaded${why}; pass zoetrope/kernels-wide.wasm as wasm.`,
    {
      cause,
    },
  );
};

/** The code of the wide build. @throws LoadError while it is not loaded. */
export const needWide = (): WideCode => code ?? failed();
