/** The options of a layer that set the initializers, regularizers and constraints of its weights. */
import { type Constraint, type ConstraintFunction, getConstraint } from "../constraints.js";
import { getInitializer, type Initializer, type InitializerFunction } from "../initializers.js";
import { getRegularizer, type Regularizer, type RegularizerFunction } from "../regularizers.js";

/**
 * The options of the weight of a role: `kernelInitializer` (its first values), `kernelRegularizer` (its penalty) and
 * `kernelConstraint` (the constraint that is applied after each update) for the role "kernel". By default weights have
 * no regularizer and no constraint.
 */
export type WeightOptions<Role extends string> = { [Name in `${Role}Initializer`]?: Initializer } & {
  [Name in `${Role}Regularizer`]?: Regularizer | null;
} & { [Name in `${Role}Constraint`]?: Constraint | null };

/** The options of one weight, read; `addWeight` takes them whole. */
export interface WeightRules {
  readonly initializer: InitializerFunction;
  readonly regularizer: RegularizerFunction | undefined;
  readonly constraint: ConstraintFunction | undefined;
}

/** Gives the names of the options of some roles. */
export const weightOptions = (...roles: string[]): string[] =>
  roles.flatMap((role) => ["Initializer", "Regularizer", "Constraint"].map((rule) => role + rule));

/**
 * Reads the options of the weight that `role` names.
 * @param initializer the initializer by default.
 * @throws ArgumentError for unknown names.
 */
export function weightRules(label: string, options: object, role: string, initializer: Initializer): WeightRules {
  const given = options as Record<string, never>;
  return {
    initializer: getInitializer(label, given[`${role}Initializer`] ?? initializer),
    regularizer: getRegularizer(label, given[`${role}Regularizer`]),
    constraint: getConstraint(label, given[`${role}Constraint`]),
  };
}
