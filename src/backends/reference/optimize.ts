/** Optimizer updates, in place. */
import type { Kernels } from "../../kernels.js";
import type { ReferenceBuffer } from "./buffer.js";
import { flush } from "./flush.js";

export const optimize = {
  sgd(w, velocity, g, { learningRate, momentum, nesterov }) {
    for (let i = 0; i < w.length; i++) {
      const step = -learningRate * g.values[i];
      if (!velocity) w.values[i] += step;
      else {
        const next = momentum * velocity.values[i] + step;
        velocity.values[i] = flush(next);
        w.values[i] += nesterov ? momentum * next + step : next;
      }
    }
  },

  adam(w, m, v, g, { alpha, beta1, beta2, epsilon }) {
    for (let i = 0; i < w.length; i++) {
      const gradient = g.values[i];
      m.values[i] = flush(m.values[i] + (gradient - m.values[i]) * (1 - beta1));
      v.values[i] = flush(v.values[i] + (gradient * gradient - v.values[i]) * (1 - beta2));
      w.values[i] -= (alpha * m.values[i]) / (Math.sqrt(v.values[i]) + epsilon);
    }
  },

  rmsprop(w, v, buffer, g, { learningRate, rho, momentum, epsilon }) {
    for (let i = 0; i < w.length; i++) {
      v.values[i] = flush(rho * v.values[i] + (1 - rho) * g.values[i] * g.values[i]);
      let update = (learningRate * g.values[i]) / Math.sqrt(v.values[i] + epsilon);
      if (buffer) buffer.values[i] = flush((update += momentum * buffer.values[i]));
      w.values[i] -= update;
    }
  },
} satisfies Partial<Kernels<ReferenceBuffer>>;
