import type { IstioConfig } from "./kinds/index.ts";
import { resourceKey, type Problem } from "./problem.ts";
import { readResources, type ReadOptions, type ReadResult } from "./resource-reader.ts";
import { decodeUtf8, undecodableProblem } from "./source/decode.ts";
import { cutDocuments } from "./source/document.ts";
import { provenanceOf, setProvenance } from "./source/provenance.ts";

export type ParseOptions = ReadOptions;
export type ParsedConfig = ReadResult;

/**
 * Reads the documents of a YAML or JSON text, or of its bytes in UTF-8. All problems of all documents are reported; a document with an error is left out. It does
 * not throw, whatever the text is.
 *
 * A document is one of Istio's resources, a `List` of them, or a MeshConfig: with `kind: MeshConfig` and a `spec`, or, as Istio's own
 * mesh file, with the fields at the top and no `kind`.
 */
export function parseIstioConfig(text: string | Uint8Array, options: ParseOptions): ParsedConfig {
  const decoded = typeof text === "string" ? { text } : decodeUtf8(text);
  if ("undecodable" in decoded) return { configs: [], problems: [undecodableProblem(options.file, decoded.undecodable)] };
  return parseDocuments(decoded.text, options).parsed;
}

/** Documents of a file by their texts, so that those that did not change need not be read again. */
export type ParsedDocuments = ReadonlyMap<string, ParsedDocument>;

/** As `parseIstioConfig`, with what has been read of the file before. */
export function parseDocuments(
  text: string,
  options: ParseOptions,
  known: ParsedDocuments = new Map(),
): { readonly parsed: ParsedConfig; readonly documents: ParsedDocuments } {
  const documents = new Map<string, ParsedDocument>();
  const configs: IstioConfig[] = [];
  const problems: Problem[] = [];
  for (const part of cutDocuments(text)) {
    const document = documents.get(part.text) ?? known.get(part.text) ?? new ParsedDocument(readResources(part.text, options));
    documents.set(part.text, document);
    const placed = document.below(part.line);
    configs.push(...placed.configs);
    problems.push(...placed.problems);
  }
  return { parsed: withoutDuplicates(configs, problems), documents };
}

/** What a document says, wherever it stands in its file. */
class ParsedDocument {
  readonly #parsed: ParsedConfig;
  #placed: ParsedConfig;
  #line = 0;

  constructor(parsed: ParsedConfig) {
    this.#parsed = parsed;
    this.#placed = parsed;
  }

  /** With the places that it has below that many lines: the same objects where they are the same as last time. */
  below(lines: number): ParsedConfig {
    if (lines === this.#line) return this.#placed;
    this.#line = lines;
    this.#placed = {
      configs: this.#parsed.configs.map((config) => moved(config, lines)),
      problems: this.#parsed.problems.map((problem) => ({ ...problem, line: problem.line + lines })),
    };
    return this.#placed;
  }
}

function moved(config: IstioConfig, lines: number): IstioConfig {
  const { file, line } = config.origin;
  const lower = Object.freeze({ ...config, origin: Object.freeze({ file, line: line + lines }) });
  const provenance = provenanceOf(config);
  setProvenance(lower, provenance === undefined ? undefined : { ...provenance, above: provenance.above + lines });
  return lower;
}

/** The first of several documents with one name stays; the others become problems that name its place. */
function withoutDuplicates(configs: readonly IstioConfig[], problems: readonly Problem[]): ParsedConfig {
  const found = new Map<string, IstioConfig>();
  const duplicates: Problem[] = [];
  for (const config of configs) {
    const key = resourceKey(config);
    const first = found.get(key);
    if (first === undefined) found.set(key, config);
    else duplicates.push(duplicateProblem(config, first));
  }
  return { configs: [...found.values()], problems: [...problems, ...duplicates] };
}

/** That a resource is defined already. */
export function duplicateProblem({ kind, namespace, name, origin }: IstioConfig, first: IstioConfig): Problem {
  const place = `${first.origin.file}:${first.origin.line}`;
  const rule = kind === "MeshConfig" ? "mesh-config/duplicate" : "document/duplicate";
  return {
    severity: "error",
    rule,
    message: `is defined twice: the one at ${place} counts`,
    file: origin.file,
    line: origin.line,
    column: 1,
    field: "",
    resource: { kind, namespace, name },
  };
}
