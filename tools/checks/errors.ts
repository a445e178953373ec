/** The catalogue of error codes: where they are declared, what they mean, and whether sources and catalogue agree. */
import { join } from "node:path";
import ts from "typescript";
import { isTest, sourcesBelow, type SourceFile } from "../lib/imports.ts";
import { publishedPackages } from "../lib/workspace.ts";

export interface ErrorCode {
  /** `MESH_…` */
  readonly code: string;
  /** The doc comment in one line; empty where there is none. */
  readonly meaning: string;
  /** The name of the package. */
  readonly owner: string;
  /** `path:line` of the declaration. */
  readonly at: string;
}

const codePattern = /^MESH_[A-Z0-9_]+$/;

/** Istio's words for where a ServiceEntry is; they only look like codes. */
const foreign: ReadonlySet<string> = new Set(["MESH_EXTERNAL", "MESH_INTERNAL"]);

/** The text of the last doc comment in a piece of source. */
function docIn(source: string): string {
  const [comment = ""] = [...source.matchAll(/\/\*\*([\s\S]*?)\*\//g)].map(([, text = ""]) => text).slice(-1);
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*?\s?/, "").trim())
    .join(" ")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .trim();
}

interface Declared {
  readonly literal: ts.StringLiteral;
  readonly meaning: string;
}

function unwrap(node: ts.Expression | undefined): ts.Expression | undefined {
  return node && (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) ? unwrap(node.expression) : node;
}

/** `const XErrorCode = { A: "MESH_A", … } as const` */
function inObject(node: ts.VariableDeclaration): Declared[] {
  const value = unwrap(node.initializer);
  if (!node.name.getText().endsWith("ErrorCode") || !value || !ts.isObjectLiteralExpression(value)) return [];
  return value.properties.flatMap((property) =>
    ts.isPropertyAssignment(property) && ts.isStringLiteral(property.initializer)
      ? [{ literal: property.initializer, meaning: docIn(property.getFullText()) }]
      : [],
  );
}

/** `type XErrorCode = "MESH_A" | …` */
function inUnion(node: ts.TypeAliasDeclaration): Declared[] {
  if (!node.name.text.endsWith("ErrorCode")) return [];
  const members = ts.isUnionTypeNode(node.type) ? [...node.type.types] : [node.type];
  return members.flatMap((member, index) => {
    if (!ts.isLiteralTypeNode(member) || !ts.isStringLiteral(member.literal)) return [];
    // The comment of a member stands before its bar, which belongs to the union.
    const from = index === 0 ? node.name.end : (members[index - 1]?.end ?? node.pos);
    return [{ literal: member.literal, meaning: docIn(node.getSourceFile().text.slice(from, member.end)) }];
  });
}

/** A class with one code of its own: `readonly code = "MESH_A"`, documented there or at the class. */
function inClass(node: ts.ClassDeclaration): Declared[] {
  return node.members.flatMap((member) => {
    if (!ts.isPropertyDeclaration(member) || member.name.getText() !== "code") return [];
    const literal = unwrap(member.initializer);
    if (!literal || !ts.isStringLiteral(literal)) return [];
    const ofClass = node.getSourceFile().text.slice(node.getFullStart(), node.getStart());
    return [{ literal, meaning: docIn(member.getFullText()) || docIn(ofClass) }];
  });
}

function declarationsIn(file: ts.SourceFile): Declared[] {
  return file.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.flatMap(inObject);
    if (ts.isTypeAliasDeclaration(statement)) return inUnion(statement);
    return ts.isClassDeclaration(statement) ? inClass(statement) : [];
  });
}

interface Mention {
  readonly code: string;
  readonly at: string;
}

interface Catalogue {
  /** In the order of packages and sources; a code that is declared twice is here twice. */
  readonly codes: readonly ErrorCode[];
  /** Each other appearance of a code as a whole string in a source that is no test. */
  readonly mentions: readonly Mention[];
}

function readFile(owner: string, folder: string, { path, text }: SourceFile): { codes: ErrorCode[]; mentions: Mention[] } {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const lineOf = (position: number): string => `${folder}/${path}:${file.getLineAndCharacterOfPosition(position).line + 1}`;
  const declared = declarationsIn(file).filter(({ literal }) => codePattern.test(literal.text));
  const known = new Set<ts.Node>(declared.map(({ literal }) => literal));
  const codes = declared.map(({ literal, meaning }) => ({ code: literal.text, meaning, owner, at: lineOf(literal.getStart()) }));
  const mentions: Mention[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) && codePattern.test(node.text) && !foreign.has(node.text) && !known.has(node)) {
      mentions.push({ code: node.text, at: lineOf(node.getStart()) });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { codes, mentions };
}

export function readCatalogue(root: string): Catalogue {
  const files = publishedPackages(root).flatMap(({ name, path, folder }) =>
    sourcesBelow(join(folder, "src"))
      .filter((source) => !isTest(source.path) && !source.path.startsWith("generated/"))
      .map((source) => readFile(name, `${path}/src`, source)),
  );
  return { codes: files.flatMap(({ codes }) => codes), mentions: files.flatMap(({ mentions }) => mentions) };
}

/** One line for each code that is declared twice, has no doc comment, or is used without a declaration. */
export function checkErrors(root: string): string[] {
  const { codes, mentions } = readCatalogue(root);
  const first = new Map<string, ErrorCode>();
  const problems: string[] = [];
  for (const code of codes) {
    const other = first.get(code.code);
    if (other) problems.push(`${code.at}: ${code.code} is declared at ${other.at} already`);
    else first.set(code.code, code);
    if (code.meaning === "") problems.push(`${code.at}: ${code.code} has no doc comment to say what it means`);
  }
  for (const { code, at } of mentions) {
    if (!first.has(code)) problems.push(`${at}: ${code} is declared nowhere; add it to an …ErrorCode with a doc comment`);
  }
  return problems;
}
