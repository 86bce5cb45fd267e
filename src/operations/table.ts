/** The operations by name, for files. */
import * as definitions from "./definitions.js";
import type { OperationDefinition } from "./operation.js";

/** Every operation by its name. */
export const operations: ReadonlyMap<string, OperationDefinition> = new Map(
  (Object.values(definitions) as OperationDefinition[]).map((definition) => [definition.name, definition]),
);
