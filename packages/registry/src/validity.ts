import { identityLabels, type RegistryHealth, type RegistryProtocol } from "./service.ts";

/** All that a port may speak. */
export const registryProtocols: readonly RegistryProtocol[] = [
  "http",
  "http2",
  "grpc",
  "grpc-web",
  "https",
  "tls",
  "tcp",
  "mongo",
  "redis",
  "mysql",
  "udp",
  "bolt",
  "dubbo",
  "tri",
  "unknown",
];
export const registryHealths: readonly RegistryHealth[] = ["healthy", "unhealthy", "draining"];
const protocols: ReadonlySet<unknown> = new Set(registryProtocols);
const healths: ReadonlySet<unknown> = new Set(registryHealths);

/** A day: nothing warms up for longer. */
export const longestWarmUpMs = 86_400_000;
/** The end of the year 9999, up to which times can be written everywhere (RFC 3339, protobuf's Timestamp). */
export const latestTimeMs = 253_402_300_799_999;

/** Control characters, and halves of characters, which no encoding has a place for. */
const unprintable = /[\p{Cc}\p{Cs}]/u;
/** What ends a host's name in an authority (RFC 3986 §3.2), `*`, which names many, and `|`, which separates the parts of a cluster's name. */
const notInNames = /[\s:/?#[\]@*|]/;
/** An IPv6 address has colons, and perhaps the name of an interface after a `%`. */
const notInAddresses = /[\s/?#[\]@*|]/;

/** What is wrong with something, to be read after its name: `must be a text`. Undefined where nothing is. */
type Fault = string | undefined;
type Check = (value: unknown) => Fault;
type FieldCheck = readonly [key: string, check: Check];

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textFault(value: unknown): Fault {
  if (typeof value !== "string") return `must be a text, not ${kindOf(value)}`;
  return unprintable.test(value) ? "must have no control characters" : undefined;
}

function nonEmptyFault(value: unknown): Fault {
  return value === "" ? "must not be empty" : textFault(value);
}

function nameFault(value: unknown): Fault {
  const fault = nonEmptyFault(value);
  if (fault !== undefined || typeof value !== "string") return fault;
  return notInNames.test(value) ? `must be a name without spaces and : / ? # [ ] @ * |, not "${value}"` : undefined;
}

function addressFault(value: unknown): Fault {
  const fault = nonEmptyFault(value);
  if (fault !== undefined || typeof value !== "string") return fault;
  return notInAddresses.test(value) ? `must be an IP address or a host name, not "${value}"` : undefined;
}

/** RFC 9110 §5.5: a field's value has no control characters, and no white space at its ends. */
function identityFault(value: unknown): Fault {
  const fault = textFault(value);
  if (fault !== undefined || typeof value !== "string") return fault;
  if (value.trim() !== value) return "must have no spaces at its ends";
  return value.includes("*") ? "must have no *, which names all of them" : undefined;
}

function rangeFault(from: number, to: number): Check {
  return (value) =>
    Number.isInteger(value) && Number(value) >= from && Number(value) <= to
      ? undefined
      : `must be ${from} to ${to}, not ${typeof value === "number" ? value : kindOf(value)}`;
}

function weightFault(value: unknown): Fault {
  if (typeof value !== "number") return `must be a number, not ${kindOf(value)}`;
  return Number.isFinite(value) && value >= 0 ? undefined : `must be 0 or more, not ${value}`;
}

function choiceFault(choices: ReadonlySet<unknown>): Check {
  return (value) =>
    choices.has(value)
      ? undefined
      : `must be one of ${[...choices].join(", ")}, not ${typeof value === "string" ? `"${value}"` : kindOf(value)}`;
}

/** The first fault of the fields, in the order of the checks; of something that is no object, that. */
function fieldsFault(value: unknown, checks: readonly FieldCheck[]): Fault {
  if (!isRecord(value)) return `must be an object, not ${kindOf(value)}`;
  for (const [key, check] of checks) {
    const fault = check(value[key]);
    if (fault !== undefined) return fault.startsWith(".") || fault.startsWith("[") ? `.${key}${fault}` : `.${key} ${fault}`;
  }
  return undefined;
}

function fields(checks: Readonly<Record<string, Check>>): Check {
  const list = Object.entries(checks);
  return (value) => fieldsFault(value, list);
}

function optional(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value));
}

function labelsFault(value: unknown): Fault {
  if (!isRecord(value)) return `must be an object, not ${kindOf(value)}`;
  for (const key of Object.keys(value)) {
    if (nonEmptyFault(key) !== undefined) return `must have no empty keys, and none with control characters`;
    const fault = labelFault(key, value[key]);
    if (fault !== undefined) return `.${key} ${fault}`;
  }
  return undefined;
}

/** For adapters: what is wrong with a label's value; undefined where nothing is. */
export function labelFault(key: string, value: unknown): string | undefined {
  return identityLabels.has(key) ? identityFault(value) : textFault(value);
}

function listFault(value: unknown, check: Check): Fault {
  if (!Array.isArray(value)) return `must be a list, not ${kindOf(value)}`;
  for (const [at, item] of value.entries()) {
    const fault = check(item);
    if (fault !== undefined) return fault.startsWith(".") ? `[${at}]${fault}` : `[${at}] ${fault}`;
  }
  return undefined;
}

const portNumberFault = rangeFault(1, 65_535);
const localityFault = fields({ region: textFault, zone: textFault, subZone: textFault });
const warmUpFault = fields({
  startedAtMs: rangeFault(0, latestTimeMs),
  durationMs: rangeFault(1, longestWarmUpMs),
  weight: optional(weightFault),
});
const originFault = fields({ registry: nonEmptyFault, id: optional(nonEmptyFault) });

const checkInstance = fields({
  address: addressFault,
  port: portNumberFault,
  portName: nonEmptyFault,
  protocol: choiceFault(protocols),
  labels: labelsFault,
  weight: weightFault,
  health: choiceFault(healths),
  locality: optional(localityFault),
  warmUp: optional(warmUpFault),
  origin: originFault,
  // Made of the others, as a rule, whose faults say more.
  id: nonEmptyFault,
});

const checkPort = fields({ name: nonEmptyFault, number: portNumberFault, protocol: choiceFault(protocols) });

const checkService = fields({
  name: nameFault,
  ports: (value: unknown) => listFault(value, checkPort) ?? twiceFault(value, "name") ?? twiceFault(value, "number"),
  labels: labelsFault,
  instances: (value: unknown) => listFault(value, checkInstance) ?? twiceFault(value, "id"),
});

const checkRegistration = fields({
  service: nameFault,
  address: addressFault,
  port: portNumberFault,
  protocol: choiceFault(protocols),
  portName: optional(nonEmptyFault),
  labels: optional(labelsFault),
  weight: optional(weightFault),
  health: optional(choiceFault(healths)),
  locality: optional(localityFault),
  warmUp: optional(warmUpFault),
  origin: optional(originFault),
});

function recordsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function twiceFault(value: unknown, key: string): Fault {
  const seen = new Set<unknown>();
  for (const [at, record] of recordsOf(value).entries()) {
    if (seen.has(record[key])) return `[${at}].${key} is there twice: ${String(record[key])}`;
    seen.add(record[key]);
  }
  return undefined;
}

/** Instances are on ports of their service. */
function portsFault(service: unknown): Fault {
  if (!isRecord(service)) return undefined;
  const ports = recordsOf(service["ports"]);
  const at = recordsOf(service["instances"]).findIndex(
    ({ portName, protocol }) => !ports.some((port) => port["name"] === portName && port["protocol"] === protocol),
  );
  return at === -1 ? undefined : `.instances[${at}].portName must be one of the service's ports, of the same protocol`;
}

const plain = (fault: Fault): Fault => (fault?.startsWith(".") === true ? fault.slice(1) : fault);

/** For adapters: what is wrong with the name of a service; undefined where nothing is. */
export function serviceNameFault(name: unknown): string | undefined {
  return nameFault(name);
}

/** For adapters: what is wrong with an instance, by the contract of `RegistryInstance`; undefined where nothing is. */
export function instanceFault(instance: unknown): string | undefined {
  return plain(checkInstance(instance));
}

/** For adapters: what is wrong with a service, by the contract of `RegistryService` but for the order of its instances; undefined where nothing is. */
export function serviceFault(service: unknown): string | undefined {
  return plain(checkService(service) ?? portsFault(service));
}

/** What is wrong with a registration. */
export function registrationFault(registration: unknown): string | undefined {
  return plain(checkRegistration(registration));
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
