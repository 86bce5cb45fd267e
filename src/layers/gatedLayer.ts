import type { Variable } from "../tensor.js";
import type { GatedCell } from "./gatedCell.js";
import { RecurrentLayer } from "./recurrent.js";

/** A recurrent layer whose cell has gates; the weights are the cell's. */
export abstract class GatedLayer<C extends GatedCell> extends RecurrentLayer<C> {
  get kernel(): Variable {
    return this.cell.kernel;
  }

  get recurrentKernel(): Variable {
    return this.cell.recurrentKernel;
  }

  get bias(): Variable | undefined {
    return this.cell.bias;
  }

  /** The weights gate by gate, as copies: `layer.gates().forget.kernel`. A GRU's biases with `resetAfter` are [2, units]. */
  gates(): ReturnType<C["gates"]> {
    return this.cell.gates() as ReturnType<C["gates"]>;
  }
}
