// What the public functions take, read from the built declarations with TypeScript's API.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ModifierFlags } from "typescript/unstable/ast";
import { API, SignatureKind, SymbolFlags, TypeFlags } from "typescript/unstable/sync";
import { buildFolder, repository } from "../support/typescript.mjs";

/** The entry points that Node can use. gpujs needs a graphics card. */
export const entries = {
  zoetrope: "index",
  "zoetrope/datasets": "datasets/index",
  "zoetrope/formats": "formats/index",
  "zoetrope/inspect": "inspect/index",
  "zoetrope/ndarray": "ndarray",
  "zoetrope/node": "node/index",
  "zoetrope/reference": "backends/reference/index",
  "zoetrope/report": "report/index",
};

/**
 * A type; others are named by their number in the list of types.
 * @typedef {{ kind: "any" | "string" | "number" | "boolean" | "bigint" | "undefined" | "null" }} Simple
 * @typedef {{ kind: "literal", value: string | number | boolean }} Literal
 * @typedef {{ kind: "union" | "tuple", of: number[] }} Several
 * @typedef {{ kind: "array", of: number }} List
 * @typedef {{ kind: "instance", name: string }} Instance
 * @typedef {{ kind: "function", returns: number }} Callable
 * @typedef {{ kind: "object", properties: Record<string, number> }} Structure
 * @typedef {Simple | Literal | Several | List | Instance | Callable | Structure} Type
 *
 * @typedef {{ name: string, type: number }} Parameter
 * @typedef {{ parameters: Parameter[], rest: boolean }[]} Signatures
 * @typedef {object} Target A function that is called, or a property that is set.
 * @property {string} entry
 * @property {string} name How it is written: "X", "new X", "X.method", "X.property =", "X()()" and "X().method" for results of calls.
 * @property {string} owner The export that it belongs to.
 * @property {"function" | "new" | "method" | "setter" | "result"} kind
 * @property {string} [member] The method or property; none where the export, or what it gives, is called itself.
 * @property {Signatures} signatures
 */

/** Reads types into a list. */
class Reader {
  /** @type {Type[]} */
  types = [];
  /** @type {Map<number, number>} Numbers in the list, by TypeScript's. */
  #known = new Map();

  constructor(/** @type {import("typescript/unstable/sync").Checker} */ checker) {
    this.checker = checker;
  }

  /** @returns {number} */
  numberOf(/** @type {any} */ type) {
    const known = this.#known.get(type.id);
    if (known !== undefined) return known;
    const number = this.types.length;
    this.#known.set(type.id, number);
    this.types.push({ kind: "any" }); // for types that contain themselves
    this.types[number] = this.#read(type);
    return number;
  }

  /** @returns {Type} */
  #read(/** @type {any} */ type) {
    const { flags } = type;
    if (flags & TypeFlags.StringLiteral || flags & TypeFlags.NumberLiteral || flags & TypeFlags.BooleanLiteral) {
      return { kind: "literal", value: type.value };
    }
    if (flags & TypeFlags.Boolean) return { kind: "boolean" };
    if (flags & (TypeFlags.String | TypeFlags.TemplateLiteral)) return { kind: "string" };
    if (flags & TypeFlags.Number) return { kind: "number" };
    if (flags & TypeFlags.BigInt) return { kind: "bigint" };
    if (flags & (TypeFlags.Undefined | TypeFlags.Void)) return { kind: "undefined" };
    if (flags & TypeFlags.Null) return { kind: "null" };
    if (flags & TypeFlags.Union) return { kind: "union", of: type.getTypes().map((/** @type {any} */ each) => this.numberOf(each)) }; // prettier-ignore
    if (flags & TypeFlags.Intersection) return this.types[this.numberOf(type.getTypes()[0])];
    if (flags & TypeFlags.TypeParameter) {
      const bound = this.checker.getBaseConstraintOfType(type);
      return bound && bound.id !== type.id ? this.types[this.numberOf(bound)] : { kind: "any" };
    }
    return flags & TypeFlags.Object ? this.#object(type) : { kind: "any" };
  }

  /** @returns {Type} */
  #object(/** @type {any} */ type) {
    const { checker } = this;
    const parts = () => checker.getTypeArguments(type).map((each) => this.numberOf(each));
    if (checker.isTupleType(type)) return { kind: "tuple", of: parts() };
    if (checker.isArrayType(type)) return { kind: "array", of: parts()[0] };
    const symbol = type.getSymbol();
    const place = symbol?.declarations[0]?.path ?? "";
    if (symbol && (symbol.flags & SymbolFlags.Class || /\/(typescript|@types)\/|^bundled:|lib\.\w+\.d\.ts/.test(place))) {
      return { kind: "instance", name: symbol.name };
    } // prettier-ignore
    const [signature] = checker.getSignaturesOfType(type, SignatureKind.Call);
    if (signature) {
      const returned = checker.getReturnTypeOfSignature(signature);
      return { kind: "function", returns: returned ? this.numberOf(returned) : 0 };
    }
    const properties = checker.getPropertiesOfType(type).map((property) => {
      const of = checker.getTypeOfSymbol(property);
      return [property.name, of ? this.numberOf(of) : 0];
    });
    return { kind: "object", properties: Object.fromEntries(properties) };
  }

  /** @returns {Signatures} */
  signatures(/** @type {any} */ type, /** @type {any} */ kind) {
    return this.checker.getSignaturesOfType(type, kind).map((signature) => ({
      parameters: signature.getParameters().map((parameter) => {
        const of = this.checker.getTypeOfSymbol(parameter);
        return { name: parameter.name, type: of ? this.numberOf(of) : 0 };
      }),
      rest: signature.hasRestParameter,
    }));
  }
}

/** The members of a type that users call or set: neither internal nor protected ones. */
function* membersOf(/** @type {Reader} */ { checker }, /** @type {any} */ type) {
  for (const member of checker.getPropertiesOfType(type)) {
    if (!/^[a-z]\w*$/i.test(member.name)) continue;
    if (member.getJsDocTags(checker).some(({ name }) => name === "internal")) continue;
    const [declaration] = member.declarations;
    const flags = declaration ? /** @type {any} */ (declaration.resolve())?.modifierFlags : 0;
    if (!(flags & (ModifierFlags.Protected | ModifierFlags.Private))) yield member;
  }
}

/**
 * The methods of what an export gives, and its properties that can be set.
 * @returns {Omit<Target, "entry" | "owner">[]}
 */
function memberTargets(
  /** @type {Reader} */ reader,
  /** @type {any} */ type,
  /** @type {string} */ owner,
  /** @type {"method" | "result"} */ kind,
) {
  return [...membersOf(reader, type)].flatMap((member) => {
    const of = reader.checker.getTypeOfSymbol(member);
    const bare = of && reader.checker.getNonNullableType(of);
    const name = `${owner}.${member.name}`;
    if (bare && member.flags & SymbolFlags.SetAccessor) {
      const parameters = [{ name: member.name, type: reader.numberOf(of) }];
      return [{ name: `${name} =`, kind: "setter", member: member.name, signatures: [{ parameters, rest: false }] }];
    }
    const signatures = bare ? reader.signatures(bare, SignatureKind.Call) : [];
    return signatures.length > 0 ? [{ name, kind, member: member.name, signatures }] : [];
  });
}

/** What a call gives in the end: of a promise its value. */
function resultOf(/** @type {any} */ checker, /** @type {any} */ signature) {
  const type = checker.getReturnTypeOfSignature(signature);
  return type?.getSymbol()?.name === "Promise" ? checker.getTypeArguments(type)[0] : type;
}

/**
 * The functions, constructors and methods of one export, and those of what it gives: metrics, callbacks and schedules are made by
 * functions, and called later.
 * @returns {Omit<Target, "entry">[]}
 */
function targetsOf(
  /** @type {Reader} */ reader,
  /** @type {any} */ symbol,
  /** @type {ReadonlySet<string>} */ classes,
) {
  const { checker } = reader;
  const type = checker.getTypeOfSymbol(symbol);
  if (!type) return [];
  const owner = symbol.name;
  /** @type {Omit<Target, "entry" | "owner">[]} */
  const found = [
    { name: owner, kind: "function", signatures: reader.signatures(type, SignatureKind.Call) },
    { name: `new ${owner}`, kind: "new", signatures: reader.signatures(type, SignatureKind.Construct) },
  ];
  const named = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const isClass = (named.flags & SymbolFlags.Class) !== 0;
  const isPlain = found.every(({ signatures }) => signatures.length === 0) && !checker.isArrayLikeType(type);
  // Methods of an instance, and the functions of an object that is exported, as of mobileNet.
  const [construct] = checker.getSignaturesOfType(type, SignatureKind.Construct);
  const made = construct && !isClass ? checker.getReturnTypeOfSignature(construct) : undefined; // a class in a constant
  const holder = isClass ? checker.getDeclaredTypeOfSymbol(named) : isPlain ? type : made;
  if (holder) found.push(...memberTargets(reader, holder, owner, "method"));
  const [call] = checker.getSignaturesOfType(type, SignatureKind.Call);
  const result = call && resultOf(checker, call);
  if (result && result.flags & (TypeFlags.Object | TypeFlags.Intersection) && !checker.isArrayLikeType(result)) {
    found.push({ name: `${owner}()()`, kind: "result", signatures: reader.signatures(result, SignatureKind.Call) });
    const parts = result.flags & TypeFlags.Intersection ? result.getTypes() : [result];
    const isKnown = parts.some((/** @type {any} */ part) => classes.has(part.getSymbol()?.name));
    if (!isKnown && ours(result)) found.push(...memberTargets(reader, result, `${owner}()`, "result"));
  }
  return found.filter(({ signatures }) => signatures.length > 0).map((target) => ({ ...target, owner }));
}

/** Whether a type is declared by the package. */
const ours = (/** @type {any} */ type) =>
  type.getSymbol()?.declarations.some((/** @type {any} */ { path }) => path.includes("/dist/")) ?? false;

/** Whether an export is there when a program runs, not a type alone. */
const isValue = (/** @type {any} */ checker, /** @type {any} */ symbol) =>
  ((symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol).flags & SymbolFlags.Value) !== 0;

/** Reads the declarations. @returns {{ types: Type[], targets: Target[] }} */
function readDeclarations() {
  const files = Object.values(entries).map((path) => join(repository, "dist", `${path}.d.ts`));
  const config = join(buildFolder, "tsconfig.json");
  mkdirSync(buildFolder, { recursive: true });
  writeFileSync(config, JSON.stringify({ extends: join(repository, "tsconfig.json"), include: [], files }));
  const api = new API({ cwd: repository });
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (!project) throw new Error(`${config}: TypeScript did not open it`);
    const reader = new Reader(project.checker);
    const targets = Object.keys(entries).flatMap((entry, i) => {
      const file = project.program.getSourceFile(files[i]);
      const module = file && project.checker.getSymbolAtLocation(file);
      if (!module) throw new Error(`${files[i]}: no module`);
      const exported = project.checker.getExportsOfModule(module).filter((symbol) => isValue(project.checker, symbol));
      const classes = new Set(exported.map(({ name }) => name));
      return exported.flatMap((symbol) => targetsOf(reader, symbol, classes).map((target) => ({ entry, ...target })));
    });
    return { types: reader.types, targets };
  } finally {
    api.close();
  }
}

/** What the public functions take; read once for each build. @returns {{ types: Type[], targets: Target[] }} */
export function describePackage() {
  const kept = join(buildFolder, "types.json");
  const stamp = readFileSync(join(repository, "build", "stamp"), "utf8");
  if (existsSync(kept)) {
    const { stamp: of, ...described } = JSON.parse(readFileSync(kept, "utf8"));
    if (of === stamp) return described;
  }
  const described = readDeclarations();
  writeFileSync(`${kept}.${process.pid}`, JSON.stringify({ stamp, ...described }));
  renameSync(`${kept}.${process.pid}`, kept);
  return described;
}
