/** From a document to a configuration, or to what is wrong with it. */
import * as v from "valibot";
import type { IstioConfig, IstioKind, IstioSpecs } from "./kinds/index.ts";
import { formatField, severityOf, type FieldPath, type Problem, type ResourceName } from "./problem.ts";
import type { RuleId } from "./rules.ts";
import { isIstioKind, kindSchemas, meshApiVersion } from "./schema/index.ts";
import { describe, describeIssue, isMap, pathOf } from "./schema/issues.ts";
import { meshConfig } from "./schema/mesh-config.ts";
import { metadata, type Metadata } from "./schema/metadata.ts";
import { didYouMean } from "./schema/nearest.ts";
import { refusedIn, refusedKinds } from "./schema/refused.ts";
import { checkResource } from "./schema/resource.ts";
import { setProvenance } from "./source/provenance.ts";
import { readDocuments, type Position, type SourceDocument } from "./source/document.ts";

export interface ReadOptions {
  /** What problems and origins call the text. */
  readonly file: string;
  /** The namespace of documents that name none. Default: `default`. */
  readonly namespace?: string;
}

export interface ReadResult {
  /** The documents without errors, in their order. Frozen. */
  readonly configs: readonly IstioConfig[];
  /** Errors and warnings of all documents, in their order. */
  readonly problems: readonly Problem[];
}

/** The name of the MeshConfig, of which there is one. */
export const meshConfigName: Pick<ResourceName, "name" | "namespace"> = { name: "default", namespace: "istio-system" };

/** Reads the documents of a part of a file; lines count from the part's first. */
export function readResources(text: string, options: ReadOptions): ReadResult {
  const configs: IstioConfig[] = [];
  const problems: Problem[] = [];
  for (const [index, document] of readDocuments(text).entries()) {
    for (const reader of readersOf(document, options)) {
      const config = reader.read();
      problems.push(...reader.problems.toSorted((a, b) => a.line - b.line || a.column - b.column));
      if (config === undefined) continue;
      configs.push(config);
      setProvenance(config, { text, above: 0, index, base: reader.base });
    }
  }
  return { configs, problems };
}

/** One for each resource of a document. */
function readersOf(document: SourceDocument, options: ReadOptions): ResourceReader[] {
  const { value, problems } = document;
  if (problems.length > 0 || !isMap(value) || value["kind"] !== "List" || !Array.isArray(value["items"])) {
    return [new ResourceReader(document, value, [], options)];
  }
  return value["items"].map((item: unknown, index) => new ResourceReader(document, item, ["items", index], options));
}

const knownKinds: readonly string[] = [...Object.keys(kindSchemas), ...Object.keys(refusedKinds)];

class ResourceReader {
  readonly problems: Problem[] = [];
  /** Where the resource stands in its document. */
  readonly base: FieldPath;
  readonly #document: SourceDocument;
  readonly #value: unknown;
  readonly #options: ReadOptions;
  #resource: ResourceName | undefined;

  constructor(document: SourceDocument, value: unknown, base: FieldPath, options: ReadOptions) {
    this.#document = document;
    this.#value = value;
    this.base = base;
    this.#options = options;
  }

  read(): IstioConfig | undefined {
    if (this.#document.problems.length > 0) {
      for (const { rule, message, path, line, column } of this.#document.problems) this.#push(rule, message, path, { line, column });
      return undefined;
    }
    const value = this.#value;
    if (!isMap(value)) return this.#fail([], "document/map", `is ${describe(value)}, not a map of fields`);
    if (isMeshFile(value)) return this.#readMeshFile(value);
    const { kind } = value;
    if (kind === undefined) return this.#fail([], "document/kind", "has no kind");
    if (typeof kind !== "string") return this.#fail(["kind"], "schema/type", `must be a text, but is ${describe(kind)}`);
    return isIstioKind(kind) ? this.#readKind(kind, value) : this.#refuseKind(kind, value);
  }

  #readMeshFile(value: Readonly<Record<string, unknown>>): IstioConfig | undefined {
    this.#resource = { kind: "MeshConfig", ...meshConfigName };
    const spec = this.#run("MeshConfig", value, []);
    return this.#finish("MeshConfig", meshApiVersion, { ...meshConfigName, labels: {}, annotations: {} }, spec);
  }

  #refuseKind(kind: string, value: Readonly<Record<string, unknown>>): undefined {
    const reason = Object.hasOwn(refusedKinds, kind) ? refusedKinds[kind] : undefined;
    const { apiVersion } = value;
    const foreign = typeof apiVersion === "string" && !/(?:^|\.)istio\.io\//.test(apiVersion) ? apiVersion : undefined;
    if (foreign !== undefined || reason !== undefined) this.#resource = nameOf(kind, value, this.#namespace());
    const words =
      foreign !== undefined
        ? `${kind} of ${foreign} is not read: it is none of Istio's kinds`
        : reason !== undefined
          ? `${kind} is not supported yet: ${reason}`
          : `must be a kind of Istio's, but is ${describe(kind)}${didYouMean(kind, knownKinds)}`;
    return this.#fail(["kind"], "document/kind", words);
  }

  #readKind(kind: IstioKind, value: Readonly<Record<string, unknown>>): IstioConfig | undefined {
    const isMesh = kind === "MeshConfig";
    this.#resource = isMesh ? { kind, ...meshConfigName } : nameOf(kind, value, this.#namespace());
    this.#checkFields(value);
    const apiVersion = this.#readApiVersion(kind, value["apiVersion"]);
    const meta =
      isMesh && value["metadata"] === undefined
        ? { ...meshConfigName, labels: {}, annotations: {} }
        : this.#readMetadata(value["metadata"]);
    const spec = this.#run(kind, "spec" in value ? value["spec"] : {}, ["spec"]);
    if (meta === undefined || apiVersion === undefined) return undefined;
    return this.#finish(kind, apiVersion, isMesh ? { ...meta, ...meshConfigName } : meta, spec);
  }

  #checkFields(value: Readonly<Record<string, unknown>>): void {
    const known = ["apiVersion", "kind", "metadata", "spec", "status"];
    for (const field of Object.keys(value)) {
      if (!known.includes(field)) this.#push("schema/unknown-field", `is no field of a resource${didYouMean(field, known)}`, [field]);
    }
  }

  #readApiVersion(kind: IstioKind, apiVersion: unknown): string | undefined {
    const { apiVersions } = kindSchemas[kind];
    if (typeof apiVersion === "string" && apiVersions.includes(apiVersion)) return apiVersion;
    const choices = `must be ${apiVersions.join(", ")}`;
    const path = apiVersion === undefined ? [] : ["apiVersion"];
    return this.#fail(
      path,
      "document/api-version",
      apiVersion === undefined ? `has no apiVersion: it ${choices}` : `${choices}, but is ${describe(apiVersion)}`,
    );
  }

  #readMetadata(value: unknown): Metadata | undefined {
    if (value === undefined) return this.#fail([], "schema/required", "has no metadata, and so no name");
    const input = isMap(value)
      ? Object.fromEntries(Object.entries(value).filter(([key, field]) => field !== null || !mayBeNull.has(key)))
      : value;
    return this.#parse(metadata, input, ["metadata"]);
  }

  #run<Kind extends IstioKind>(kind: Kind, value: unknown, base: FieldPath): IstioSpecs[Kind] | undefined {
    return this.#parse(kindSchemas[kind].spec, value, base);
  }

  /** The value, where no rule that makes an error is broken. */
  #parse<Output>(schema: v.GenericSchema<unknown, Output>, value: unknown, base: FieldPath): Output | undefined {
    const { typed, output, issues = [] } = v.safeParse(schema, value);
    let hasError = false;
    for (const issue of issues) {
      const { rule, message } = describeIssue(issue);
      this.#push(rule, message, [...base, ...pathOf(issue)]);
      hasError ||= severityOf(rule) === "error";
    }
    return typed && !hasError ? output : undefined;
  }

  #finish<Kind extends IstioKind>(
    kind: Kind,
    apiVersion: string,
    { creationTimestamp, ...meta }: Metadata,
    spec: IstioSpecs[Kind] | undefined,
  ): IstioConfig | undefined {
    if (spec === undefined) return undefined;
    const config = kindSchemas[kind].asConfig({
      kind,
      apiVersion,
      namespace: this.#namespace(),
      ...meta,
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      spec,
      origin: { file: this.#options.file, line: this.#document.locate(this.base).line },
    });
    checkResource(config, (path, rule, message) => this.#push(rule, message, path));
    return this.problems.some(({ severity }) => severity === "error") ? undefined : freeze(config);
  }

  #namespace(): string {
    return this.#options.namespace ?? "default";
  }

  #fail(path: FieldPath, rule: RuleId, message: string): undefined {
    this.#push(rule, message, path);
  }

  #push(rule: RuleId, message: string, path: FieldPath, found?: Position): void {
    const whole = [...this.base, ...path];
    const position = found ?? (rule === "schema/unknown-field" ? this.#document.locateKey(whole) : this.#document.locate(whole));
    this.problems.push({
      severity: severityOf(rule),
      rule,
      message,
      file: this.#options.file,
      ...position,
      field: formatField(whole),
      ...(this.#resource === undefined ? {} : { resource: this.#resource }),
    });
  }
}

/** Kubernetes' own tools write these without a value. */
const mayBeNull: ReadonlySet<string> = new Set(["creationTimestamp", "labels", "annotations"]);

/** Istio's own mesh file has no envelope: it is told by its fields. */
function isMeshFile(value: Readonly<Record<string, unknown>>): boolean {
  const fields = Object.keys(value);
  if (fields.some((field) => ["apiVersion", "kind", "metadata", "spec"].includes(field))) return false;
  return fields.some((field) => Object.hasOwn(meshConfig.entries, field) || refusedIn(meshConfig.name).fields[field] !== undefined);
}

/** The name that a document would have, where that much can be read. */
function nameOf(kind: string, value: Readonly<Record<string, unknown>>, defaultNamespace: string): ResourceName | undefined {
  const meta = value["metadata"];
  if (!isMap(meta)) return undefined;
  const { name, namespace } = meta;
  if (typeof name !== "string" || name === "") return undefined;
  if (namespace === undefined || namespace === null || namespace === "") return { kind, namespace: defaultNamespace, name };
  return typeof namespace === "string" ? { kind, namespace, name } : undefined;
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}
