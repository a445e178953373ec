import { addressOf, type ProviderUrl } from "../provider-url.ts";

/** An instance of an application, as Curator's service discovery keeps it. */
export interface AppInstance {
  /** Of its metadata. */
  readonly revision: string;
  /** Whether the metadata are in ZooKeeper. */
  readonly isRemote: boolean;
  /** What it provides of a service, as URLs of the interface level. */
  urls(service: string, metadata: AppMetadata | undefined): readonly ProviderUrl[];
}

/** What the instances of one revision provide. */
export interface AppMetadata {
  readonly services: readonly AppService[];
}

interface AppService {
  readonly name: string;
  readonly protocol: string;
  /** 0: that of the protocol's endpoint. */
  readonly port: number;
  readonly path: string;
  readonly parameters: ReadonlyMap<string, string>;
}

interface Endpoint {
  readonly protocol: string;
  readonly port: number;
}

/** Metadata that are about the instance itself, not for whoever calls it. */
const internal = ["dubbo.endpoints", "dubbo.metadata-service.", "dubbo.metadata.", "meta-v", "id", "name"];

/**
 * Reads the data of `/services/<application>/<ip:port>`. Instances that are not Dubbo's (Spring Cloud keeps its own there) have no endpoints.
 *
 * @throws an Error that says what is wrong
 */
export function parseAppInstance(text: string): AppInstance {
  const root = recordOf(parseJson(text), "the instance");
  const payload = recordOf(root["payload"] ?? {}, "payload");
  const metadata = recordOf(payload["metadata"] ?? {}, "payload.metadata");
  const host = textOf(root["address"]);
  const application = textOf(root["name"]);
  const endpoints = endpointsOf(metadata["dubbo.endpoints"]);
  if (host === "" && endpoints.length > 0) throw new Error("address is missing");
  const common = new Map<string, string>([["application", application]]);
  for (const [key, value] of Object.entries(metadata)) {
    if (!internal.some((prefix) => key.startsWith(prefix))) common.set(key, textOf(value));
  }
  if (root["enabled"] === false) common.set("enabled", "false");
  const urlOf = (protocol: string, port: number, path: string, parameters: ReadonlyMap<string, string>): ProviderUrl => {
    return { scheme: protocol, username: "", host, port, path, parameters: new Map([...common, ...parameters]) };
  };
  return {
    revision: textOf(metadata["dubbo.metadata.revision"]),
    isRemote: textOf(metadata["dubbo.metadata.storage-type"]) === "remote",
    urls: (service, appMetadata) => {
      if (endpoints.length === 0) return [];
      if (appMetadata === undefined) return endpoints.map(({ protocol, port }) => urlOf(protocol, port, service, new Map()));
      return appMetadata.services.flatMap(({ name, protocol, port, path, parameters }) => {
        const number = port > 0 ? port : endpoints.find((endpoint) => endpoint.protocol === protocol)?.port;
        return name === service && number !== undefined ? [urlOf(protocol, number, path, parameters)] : [];
      });
    },
  };
}

/**
 * Reads the data of `/dubbo/metadata/<application>/<revision>` (Dubbo, MetadataInfo): `services` by `group/name:version:protocol`.
 *
 * @throws an Error that says what is wrong
 */
export function parseAppMetadata(text: string): AppMetadata {
  const services = recordOf(recordOf(parseJson(text), "the metadata")["services"] ?? {}, "services");
  return {
    services: Object.entries(services).map(([key, value]) => {
      const service = recordOf(value, `services["${key}"]`);
      const name = textOf(service["name"]);
      const protocol = textOf(service["protocol"]);
      if (name === "" || protocol === "") throw new Error(`services["${key}"] has no name or no protocol`);
      const parameters = new Map(
        Object.entries(recordOf(service["params"] ?? {}, `services["${key}"].params`)).map(([k, v]) => [k, textOf(v)]),
      );
      for (const part of ["group", "version"]) {
        if (textOf(service[part]) !== "") parameters.set(part, textOf(service[part]));
      }
      return { name, protocol, port: portOf(service["port"]), path: textOf(service["path"]) || name, parameters };
    }),
  };
}

/** A service that an application provides, with the parameters of its URL on the interface level. */
export interface ProvidedService {
  readonly service: string;
  readonly protocol: string;
  readonly port: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The data of `/dubbo/metadata/<application>/<revision>`. */
export function appMetadataText(application: string, revision: string, provided: readonly ProvidedService[]): string {
  const services = provided.map(({ service, protocol, port, parameters }) => {
    const [group = "", version = ""] = [parameters.get("group"), parameters.get("version")];
    const key = `${group === "" ? "" : `${group}/`}${service}${version === "" ? "" : `:${version}`}:${protocol}`;
    const identity = { ...(group === "" ? {} : { group }), ...(version === "" ? {} : { version }) };
    return [
      key,
      { name: service, ...identity, protocol, port, path: parameters.get("path") ?? service, params: Object.fromEntries(parameters) },
    ] as const;
  });
  return JSON.stringify({ app: application, revision, services: Object.fromEntries(services) });
}

/** The data of `/services/<application>/<ip:port>`, as Curator writes it for Dubbo. */
export function appInstanceText(
  application: string,
  { host, port }: { readonly host: string; readonly port: number },
  revision: string,
  provided: readonly ProvidedService[],
): string {
  const id = addressOf({ host, port });
  const endpoints = [...new Set(provided.map(({ protocol }) => protocol))].map((protocol) => ({ port, protocol }));
  return JSON.stringify({
    name: application,
    id,
    address: host,
    port,
    sslPort: null,
    payload: {
      "@class": "org.apache.dubbo.registry.zookeeper.ZookeeperInstance",
      id,
      name: application,
      metadata: {
        "dubbo.endpoints": JSON.stringify(endpoints),
        "dubbo.metadata.revision": revision,
        "dubbo.metadata.storage-type": "remote",
      },
    },
    // Curator's clients want a number; when it was registered matters to nobody.
    registrationTimeUTC: 0,
    serviceType: "DYNAMIC",
    uriSpec: null,
  });
}

function endpointsOf(value: unknown): readonly Endpoint[] {
  if (value === undefined) return [];
  const list: unknown = parseJson(textOf(value));
  if (!Array.isArray(list)) throw new Error("dubbo.endpoints is no list");
  return list.map((raw) => {
    const endpoint = recordOf(raw, "an endpoint");
    const [protocol, port] = [textOf(endpoint["protocol"]), portOf(endpoint["port"])];
    if (protocol === "" || port === 0) throw new Error("an endpoint has no protocol or no port");
    return { protocol, port };
  });
}

function portOf(value: unknown): number {
  const port = Number(value ?? 0);
  return Number.isInteger(port) && port > 0 && port <= 65535 ? port : 0;
}

function parseJson(text: string): unknown {
  return JSON.parse(text);
}

function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${what} is no object`);
  return Object.fromEntries(Object.entries(value));
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
