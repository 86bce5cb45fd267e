// Checks docstrings: which public names have none, and which docstrings lack what a reader needs.
import { readFileSync } from "node:fs";
import { ReflectionFlag, ReflectionKind } from "typedoc";
import ts from "typescript";
import { root } from "./convert.mjs";

const exported =
  ReflectionKind.Function |
  ReflectionKind.Variable |
  ReflectionKind.Class |
  ReflectionKind.SomeType |
  ReflectionKind.Enum;
const members = ReflectionKind.Property | ReflectionKind.Accessor | ReflectionKind.Method;

/**
 * @typedef {{ file: string, line: number, kind: "export" | "option" | "member", name: string, fault: string }} Fault
 * `fault` is "no docstring", or what is wrong with the one that is there.
 */

/**
 * Exports, options (fields of interfaces and of object types) and members of classes.
 * Each is looked at once, where it is declared.
 * @returns {{ faults: Fault[], counts: Record<string, { all: number, undocumented: number }> }}
 */
export function inspectDocstrings(project) {
  const faults = [];
  const counts = {};
  const seen = new Set();
  const look = (reflection, kind, owner) => {
    const [source] = reflection.sources ?? reflection.signatures?.[0]?.sources ?? [];
    if (!source || source.fileName.includes("node_modules/")) return;
    const key = `${source.fileName}:${source.line}:${source.character}`;
    if (seen.has(key)) return;
    seen.add(key);
    const found = faultsOf(reflection, kind, owner, source);
    const name = reflection.inheritedFrom?.name ?? (owner ? `${owner.name}.${reflection.name}` : reflection.name);
    counts[kind] ??= { all: 0, undocumented: 0 };
    counts[kind].all++;
    if (found.includes(missing)) counts[kind].undocumented++;
    for (const fault of found) faults.push({ file: source.fileName, line: source.line, kind, name, fault });
  };
  const modules = project.getChildrenByKind(ReflectionKind.Module);
  // A program of one entry point has no modules.
  for (const { children = [] } of modules.length > 0 ? modules : [project]) {
    for (const child of children) {
      if (!child.kindOf(exported)) continue; // a reference to what another entry point has
      look(child, "export");
      const kind = child.kindOf(ReflectionKind.Class) ? "member" : "option";
      for (const field of fieldsOf(child)) if (field.kindOf(members)) look(field, kind, child);
    }
  }
  faults.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
  return { faults, counts };
}

const missing = "no docstring";

/** What a kernel computes may begin with a variable: `y = e^x`, `c[m,n] = a[m,k] b[k,n]`. */
const formula = /^[a-z]\w*(\[.*?\])? \+?= /;

/** The fields of an interface, a class or an object type; of a function, those of its parameters' object types. */
function fieldsOf(reflection) {
  const ofType = (type) =>
    type?.type === "reflection" ? (type.declaration.children ?? []) : partsOf(type).flatMap(ofType);
  const parameters = (reflection.signatures ?? []).flatMap(({ parameters: given }) => given ?? []);
  return [
    ...(reflection.children ?? []),
    ...ofType(reflection.type),
    ...parameters.flatMap(({ type }) => ofType(type)),
  ];
}

const partsOf = (type) => (type?.type === "intersection" || type?.type === "union" ? type.types : []);

/**
 * Functions, and what can be called like one, have their docstrings at their signatures. These come first, as TypeDoc
 * may give a function that another file exports again that file's comment.
 */
function commentsOf(reflection) {
  const { type } = reflection;
  const signatures = [
    ...(reflection.signatures ?? []),
    ...(reflection.getSignature ? [reflection.getSignature] : []),
    ...(type?.type === "reflection" ? (type.declaration.signatures ?? []) : []),
  ];
  return [...signatures, reflection].map(({ comment }) => comment).filter((comment) => comment?.summary.length > 0);
}

function faultsOf(reflection, kind, owner, source) {
  const [comment] = commentsOf(reflection);
  if (!comment) return [missing];
  const text = comment.summary
    .map((part) => part.text)
    .join("")
    .trim();
  const tags = comment.blockTags.map(({ tag, content }) => [tag, ...content.map((part) => part.text)].join(" "));
  const whole = [text, ...tags].join(" ");
  const found = [];
  const [paragraph] = text.split(/\n\s*\n|\n\s*[-|]/);
  if (!/[.?!:]\)?$/.test(paragraph.trim())) found.push("the first paragraph does not end in a period");
  if (/^[a-z]/.test(text) && !formula.test(text)) found.push("the first sentence does not begin with a capital letter");
  const elsewhere = /\b(?:the same (?:as (?:above|below)|for)|see above|as above)\b/i.exec(whole)?.[0];
  if (elsewhere) found.push(`"${elsewhere}": a hover shows this docstring alone`);
  if (hasDefault(reflection, kind, owner) && !/\bdefault/i.test(whole)) found.push("an option without its default");
  const named = tags.filter((tag) => tag.startsWith("@throws ")).join(" ");
  for (const error of thrownAt(source)) {
    if (!named.includes(error)) found.push(`throws ${error} without @throws ${error}`);
  }
  return found;
}

/** An optional option has a default, unless it is a function that is called or a signal. */
function hasDefault({ name, flags }, kind, owner) {
  const isOption = kind === "option" && (/Options?$/.test(owner.name) || owner.kindOf(ReflectionKind.Function));
  return isOption && flags.hasFlag(ReflectionFlag.Optional) && name !== "signal" && !/^on[A-Z]/.test(name);
}

const sources = new Map();

function parsed(file) {
  if (!sources.has(file)) {
    sources.set(file, ts.createSourceFile(file, readFileSync(root + file, "utf8"), ts.ScriptTarget.Latest, true));
  }
  return sources.get(file);
}

/** The declaration whose name begins at a place of a file: `line` from 1, `character` from 0. */
function declarationAt({ fileName, line, character }) {
  const file = parsed(fileName);
  const start = file.getPositionOfLineAndCharacter(line - 1, character);
  const find = (node) => (node.name?.getStart(file) === start ? node : ts.forEachChild(node, find));
  return find(file);
}

/** The classes of the errors that a function itself makes and throws, without what functions inside of it throw. */
function thrownAt(source) {
  const declaration = declarationAt(source);
  const { body } = (declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : declaration) ?? {};
  const found = new Set();
  const visit = (node) => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isThrowStatement(node) && ts.isNewExpression(node.expression))
      found.add(node.expression.expression.getText());
    ts.forEachChild(node, visit);
  };
  if (body) visit(body);
  return [...found];
}
