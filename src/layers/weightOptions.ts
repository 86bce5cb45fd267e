/** The options of a layer for its weights: initializers, regularizers and constraints. */
import { type Constraint, type ConstraintFunction, getConstraint } from "../constraints.js";
import { getInitializer, type Initializer, type InitializerFunction } from "../initializers.js";
import { getRegularizer, type Regularizer, type RegularizerFunction } from "../regularizers.js";

/** `kernelInitializer`, `kernelRegularizer` and `kernelConstraint` for the role "kernel". */
export type WeightOptions<Role extends string> = { [Name in `${Role}Initializer`]?: Initializer } & {
  [Name in `${Role}Regularizer`]?: Regularizer | null;
} & { [Name in `${Role}Constraint`]?: Constraint | null };

/** The initializer, regularizer and constraint of one weight, as `addWeight` takes them. */
export interface WeightRules {
  readonly initializer: InitializerFunction;
  readonly regularizer: RegularizerFunction | undefined;
  readonly constraint: ConstraintFunction | undefined;
}

/** The names of the options for these roles. */
export const weightOptions = (...roles: string[]): string[] =>
  roles.flatMap((role) => ["Initializer", "Regularizer", "Constraint"].map((rule) => role + rule));

/**
 * The rules of the weight of this role ("kernel"), as the options give them.
 * @param initializer the initializer by default.
 * @throws ArgumentError when a name is unknown.
 */
export function weightRules(label: string, options: object, role: string, initializer: Initializer): WeightRules {
  const given = options as Record<string, never>;
  return {
    initializer: getInitializer(label, given[`${role}Initializer`] ?? initializer),
    regularizer: getRegularizer(label, given[`${role}Regularizer`]),
    constraint: getConstraint(label, given[`${role}Constraint`]),
  };
}
