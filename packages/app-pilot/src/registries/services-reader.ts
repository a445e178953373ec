import {
  portsOf,
  type RegistryInstance,
  type RegistryLocality,
  type RegistryPort,
  type RegistryService,
  registryHealths,
  registryProtocols,
  serviceFault,
} from "@mesh/registry";
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import { didYouMean } from "../suggest.ts";

/** What a file of services says, or every line that it cannot be read for. */
export type ParsedServices = { readonly services: readonly RegistryService[] } | { readonly problems: readonly string[] };

/** Who writes a file knows what it is that he has. */
const protocols = registryProtocols.filter((protocol) => protocol !== "unknown");

type Path = readonly (string | number)[];
type Fields = Readonly<Record<string, unknown>>;

/** Reads `services:` of YAML, strictly: what is not understood is refused. */
export function parseServices(text: string, file: string, registry: string): ParsedServices {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) return { problems: document.errors.map(({ pos, message }) => `${at(pos[0])}: ${message}`) };
  const locate = (path: Path): string => {
    for (let length = path.length; length >= 0; length--) {
      const start = startOf(document, path.slice(0, length));
      if (start !== undefined) return at(start);
    }
    return `${file}:1:1`;
  };
  const reader = new Reader(registry, locate);
  let content: unknown;
  try {
    content = document.toJS();
  } catch (error) {
    // Of aliases: one without an anchor, or more than may be meant.
    return { problems: [`${file}: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const services = reader.file(content);
  return reader.problems.length > 0 ? { problems: reader.problems } : { services };
}

/** Where the key of a field begins, or else its value. */
function startOf(document: Document, path: Path): number | undefined {
  const parent = document.getIn(path.slice(0, -1), true);
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
  const node = isNode(pair?.key) ? pair.key : document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

const pathText = (path: Path): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .slice(1);

class Reader {
  readonly problems: string[] = [];
  readonly #registry: string;
  readonly #locate: (path: Path) => string;

  constructor(registry: string, locate: (path: Path) => string) {
    this.#registry = registry;
    this.#locate = locate;
  }

  file(value: unknown): RegistryService[] {
    if (value === null) return [];
    const fields = this.#map(value, [], ["services"]);
    const services = this.#list(fields["services"], ["services"]).map((service, at) => this.#service(service, ["services", at]));
    for (const [at, { name }] of services.entries()) {
      if (services.findIndex((other) => other.name === name) < at) this.#fail(["services", at, "name"], `"${name}" is there twice`);
    }
    return services;
  }

  #service(value: unknown, path: Path): RegistryService {
    const fields = this.#map(value, path, ["name", "ports", "labels", "instances"]);
    const name = this.#text(fields["name"], [...path, "name"]);
    const known = this.#list(fields["ports"], [...path, "ports"]).map((port, at) => this.#port(port, [...path, "ports", at]));
    const instances = this.#list(fields["instances"], [...path, "instances"])
      .map((instance, at) => this.#instance(instance, known, [...path, "instances", at]))
      .sort((one, other) => (one.id < other.id ? -1 : 1));
    for (const [at, { id }] of instances.entries()) {
      if (at > 0 && instances[at - 1]?.id === id) this.#fail([...path, "instances"], `two instances are ${id}`);
    }
    const labels = this.#labels(fields["labels"], [...path, "labels"]);
    const service = { name, ports: portsOf(instances, known), labels, instances };
    const fault = this.problems.length === 0 ? serviceFault(service) : undefined;
    if (fault !== undefined) this.#fail(path, `cannot be used: ${fault}`);
    return service;
  }

  #port(value: unknown, path: Path): RegistryPort {
    const fields = this.#map(value, path, ["name", "number", "protocol"]);
    const protocol = this.#choice(fields["protocol"], protocols, [...path, "protocol"]) ?? "tcp";
    const name = fields["name"] === undefined ? protocol : this.#text(fields["name"], [...path, "name"]);
    return { name, number: this.#portNumber(fields["number"], [...path, "number"]), protocol };
  }

  #instance(value: unknown, ports: readonly RegistryPort[], path: Path): RegistryInstance {
    const fields = this.#map(value, path, ["address", "port", "protocol", "portName", "labels", "weight", "health", "locality"]);
    const address = this.#text(fields["address"], [...path, "address"]);
    const port = this.#portNumber(fields["port"], [...path, "port"]);
    const only = ports.length === 1 ? ports[0] : undefined;
    const named = ports.find(({ name }) => name === fields["portName"]) ?? only;
    const protocol =
      fields["protocol"] === undefined && named !== undefined
        ? named.protocol
        : this.#choice(fields["protocol"], protocols, [...path, "protocol"]);
    const portName =
      fields["portName"] === undefined ? (only?.name ?? protocol ?? "") : this.#text(fields["portName"], [...path, "portName"]);
    if (ports.length > 0 && !ports.some(({ name }) => name === portName)) {
      this.#fail([...path, "portName"], `must be one of the service's ports, ${ports.map(({ name }) => name).join(", ")}`);
    }
    const locality = fields["locality"] === undefined ? undefined : this.#locality(fields["locality"], [...path, "locality"]);
    const labels = this.#labels(fields["labels"], [...path, "labels"]);
    const variant = ["version", "group", "uniqueId"]
      .map((key) => labels[key] ?? "")
      .join(" ")
      .trim();
    return {
      id: [`${portName}://${address}:${port}`, variant].filter(Boolean).join(" "),
      address,
      port,
      portName,
      protocol: protocol ?? "tcp",
      labels,
      weight: fields["weight"] === undefined ? 100 : this.#weight(fields["weight"], [...path, "weight"]),
      health:
        fields["health"] === undefined ? "healthy" : (this.#choice(fields["health"], registryHealths, [...path, "health"]) ?? "healthy"),
      ...(locality === undefined ? {} : { locality }),
      origin: { registry: this.#registry },
    };
  }

  #map(value: unknown, path: Path, known: readonly string[]): Fields {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.#fail(path, `must be a map with ${known.join(", ")}`);
      return {};
    }
    const fields: Fields = { ...value };
    for (const key of Object.keys(fields)) {
      if (!known.includes(key)) this.#fail([...path, key], `is not known${didYouMean(key, known)}`);
    }
    return fields;
  }

  #list(value: unknown, path: Path): readonly unknown[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    this.#fail(path, "must be a list");
    return [];
  }

  #text(value: unknown, path: Path): string {
    if (typeof value === "string" && value !== "") return value;
    this.#fail(path, "must be a text");
    return "";
  }

  #choice<Choice extends string>(value: unknown, choices: readonly Choice[], path: Path): Choice | undefined {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.#fail(path, `must be one of ${choices.join(", ")}`);
    return found;
  }

  #portNumber(value: unknown, path: Path): number {
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
    this.#fail(path, "must be a port, 1 to 65535");
    return 1;
  }

  #weight(value: unknown, path: Path): number {
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
    this.#fail(path, "must be a number, 0 or more");
    return 0;
  }

  #labels(value: unknown, path: Path): Readonly<Record<string, string>> {
    if (value === undefined || value === null) return {};
    if (typeof value !== "object" || Array.isArray(value)) {
      this.#fail(path, "must be a map of texts");
      return {};
    }
    const labels: Record<string, string> = {};
    for (const [key, text] of Object.entries(value)) {
      if (typeof text === "string") labels[key] = text;
      else this.#fail([...path, key], 'must be a text; write it in quotes, as in "1.0"');
    }
    return labels;
  }

  /** `region/zone/subzone`, the last two may be left out. */
  #locality(value: unknown, path: Path): RegistryLocality | undefined {
    const [region = "", zone = "", subZone = "", ...more] = typeof value === "string" ? value.split("/") : [];
    if (region !== "" && more.length === 0) return { region, zone, subZone };
    this.#fail(path, "must be <region>/<zone>/<subzone>");
    return undefined;
  }

  #fail(path: Path, message: string): void {
    const subject = path.length === 0 ? "the file" : pathText(path);
    this.problems.push(`${this.#locate(path)}: ${subject} ${message}`);
  }
}
