// What the public functions take, read from the built declarations with TypeScript's API.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
 * @typedef {object} Target A function that is called.
 * @property {string} entry
 * @property {string} name The export, "new X" for a constructor, "X.method" for a method of an instance.
 * @property {{ parameters: Parameter[], rest: boolean }[]} signatures
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

  /** @returns {Target["signatures"]} */
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

/** The functions, constructors and methods of one export. @returns {Omit<Target, "entry">[]} */
function targetsOf(/** @type {Reader} */ reader, /** @type {any} */ symbol) {
  const { checker } = reader;
  const type = checker.getTypeOfSymbol(symbol);
  if (!type) return [];
  const found = [
    { name: symbol.name, signatures: reader.signatures(type, SignatureKind.Call) },
    { name: `new ${symbol.name}`, signatures: reader.signatures(type, SignatureKind.Construct) },
  ];
  const named = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const isClass = (named.flags & SymbolFlags.Class) !== 0;
  const isPlain = found.every(({ signatures }) => signatures.length === 0) && !checker.isArrayLikeType(type);
  // Methods of an instance, and the functions of an object that is exported, as of mobileNet.
  const holder = isClass ? checker.getDeclaredTypeOfSymbol(named) : isPlain ? type : undefined;
  if (holder) {
    for (const member of checker.getPropertiesOfType(holder)) {
      const of = checker.getTypeOfSymbol(member);
      if (of && /^[a-z]\w*$/i.test(member.name)) {
        found.push({ name: `${symbol.name}.${member.name}`, signatures: reader.signatures(of, SignatureKind.Call) });
      }
    }
  }
  return found.filter(({ signatures }) => signatures.length > 0);
}

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
      return project.checker
        .getExportsOfModule(module)
        .flatMap((symbol) => targetsOf(reader, symbol).map((target) => ({ entry, ...target })));
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
