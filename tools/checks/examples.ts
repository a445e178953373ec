/** Type-checks and runs the examples of the docs. */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import ts from "typescript";
import { exec } from "../lib/exec.ts";
import { codeBlocks } from "../lib/markdown.ts";
import { fail, pass, type Outcome } from "../lib/outcome.ts";

export interface Example {
  /** Where a reader finds it: `docs/guides/x.md:12`. */
  readonly at: string;
  readonly language: "ts" | "sh";
  /** As the file has it, below as many empty lines as stand before it there, so that compilers and stack traces name its lines. */
  readonly text: string;
  /** Whether the author marked it with `run`. */
  readonly isMarked: boolean;
}

const languages: Readonly<Record<string, Example["language"]>> = { ts: "ts", typescript: "ts", sh: "sh", bash: "sh" };

/** The TypeScript and shell blocks of a Markdown file; `name` is what problems call the file. */
export function examplesOf(name: string, markdown: string): Example[] {
  return codeBlocks(markdown).flatMap(({ language, flags, code, line }) => {
    const known = languages[language];
    if (!known) return [];
    return [{ at: `${name}:${line}`, language: known, text: "\n".repeat(line - 1) + code, isMarked: flags.includes("run") }];
  });
}

/** A file name that tells where the example came from. */
const fileNameOf = ({ at }: Example): string => at.replaceAll(/[/\\:]/g, "-");

/** The compiler's options for examples: those of the repository, without what concerns its build. */
export function exampleOptions(root: string, overrides: ts.CompilerOptions): ts.CompilerOptions {
  const path = join(root, "tsconfig.base.json");
  const { config, error } = ts.readConfigFile(path, (name) => ts.sys.readFile(name));
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, "\n"));
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root);
  for (const name of ["composite", "declaration", "isolatedDeclarations", "emitDeclarationOnly", "rootDir", "outDir"]) delete options[name];
  return { ...options, noEmit: true, moduleDetection: ts.ModuleDetectionKind.Force, ...overrides };
}

/**
 * The compiler's complaints about TypeScript examples as if they were files of `folder`, and about each other file that
 * `isChecked` says yes to.
 */
export function typecheck(
  examples: readonly Example[],
  folder: string,
  options: ts.CompilerOptions,
  isChecked: (path: string) => boolean = () => false,
): string[] {
  const byPath = new Map(examples.map((example) => [join(folder, `${fileNameOf(example)}.ts`), example]));
  const host = ts.createCompilerHost(options);
  const program = ts.createProgram([...byPath.keys()], options, {
    ...host,
    fileExists: (path) => byPath.has(path) || host.fileExists(path),
    readFile: (path) => byPath.get(path)?.text ?? host.readFile(path),
    getSourceFile: (path, settings, ...rest) => {
      const example = byPath.get(path);
      return example ? ts.createSourceFile(path, example.text, settings, true) : host.getSourceFile(path, settings, ...rest);
    },
  });
  const files = program.getSourceFiles().filter(({ fileName }) => byPath.has(fileName) || isChecked(fileName));
  const diagnostics = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...files.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
  ];
  return diagnostics.map(({ file, start = 0, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, "\n  ");
    if (!file) return message;
    const name = byPath.get(file.fileName)?.at.replace(/:\d+$/, "") ?? file.fileName;
    return `${name}:${file.getLineAndCharacterOfPosition(start).line + 1}: ${message}`;
  });
}

export interface Runner {
  /** The node that runs the examples. */
  readonly node: string;
  readonly nodeFlags: readonly string[];
  /** Where the scripts are written; their imports are resolved from here. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds, for each example. Default: 30,000. */
  readonly timeout?: number;
}

function toJavaScript({ text, at }: Example): string {
  const { outputText } = ts.transpileModule(text, {
    fileName: `${basename(at).replace(/:\d+$/, "")}.ts`,
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true, inlineSourceMap: true },
  });
  return outputText;
}

/** Runs an example, which passes when it ends with exit code 0 in time. */
export async function runExample(example: Example, { node, nodeFlags, folder, env, timeout = 30_000 }: Runner): Promise<Outcome> {
  const script = join(folder, `${fileNameOf(example)}.${example.language === "ts" ? "mjs" : "sh"}`);
  mkdirSync(dirname(script), { recursive: true });
  writeFileSync(script, example.language === "ts" ? toJavaScript(example) : example.text);
  const [command, args] =
    example.language === "ts" ? [node, [...nodeFlags, "--enable-source-maps", script]] : ["bash", ["-euo", "pipefail", script]];
  const { code, output } = await exec(command, args, { cwd: folder, env, timeout });
  return code === 0 ? pass : fail(`${example.at}: the example ended with exit code ${code}\n${output}`);
}
