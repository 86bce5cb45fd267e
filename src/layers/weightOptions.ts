/** How a layer's options say what its weights begin as, are penalized for, and are held to. */
import { type Constraint, type ConstraintFunction, getConstraint } from "../constraints.js";
import { getInitializer, type Initializer, type InitializerFunction } from "../initializers.js";
import { getRegularizer, type Regularizer, type RegularizerFunction } from "../regularizers.js";

/** `kernelInitializer`, `kernelRegularizer` and `kernelConstraint` for the role "kernel". */
export type WeightOptions<Role extends string> = { [Name in `${Role}Initializer`]?: Initializer } & {
  [Name in `${Role}Regularizer`]?: Regularizer | null;
} & { [Name in `${Role}Constraint`]?: Constraint | null };

/** What `addWeight` is given. */
export interface WeightRules {
  readonly initializer: InitializerFunction;
  readonly regularizer: RegularizerFunction | undefined;
  readonly constraint: ConstraintFunction | undefined;
}

/** The names of the options of some roles. */
export const weightOptions = (...roles: string[]): string[] =>
  roles.flatMap((role) => ["Initializer", "Regularizer", "Constraint"].map((rule) => role + rule));

/** The rules of the weight that `role` names. @throws ArgumentError for unknown names. */
export function weightRules(label: string, options: object, role: string, initializer: Initializer): WeightRules {
  const given = options as Record<string, never>;
  return {
    initializer: getInitializer(label, given[`${role}Initializer`] ?? initializer),
    regularizer: getRegularizer(label, given[`${role}Regularizer`]),
    constraint: getConstraint(label, given[`${role}Constraint`]),
  };
}
