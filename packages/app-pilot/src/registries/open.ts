import { createZookeeperRegistry, parseZookeeperUrl } from "@mesh/registry-zookeeper";
import type { RegistryMember } from "@mesh/pilot";
import type { RegistrySource } from "@mesh/registry";
import { parse } from "yaml";
import { UsageError } from "../errors.ts";
import { openServicesFile, parseMemoryUrl } from "./services-file.ts";
import { withoutPassword, type RegistryUrl } from "./url.ts";

/** Adapters by the scheme of their URLs. */
const adapters: ReadonlyMap<string, (url: string) => RegistrySource> = new Map([
  ["zookeeper", (url: string) => createZookeeperRegistry({ ...parseZookeeperUrl(url), parseYaml: parse })],
  ["memory", (url: string) => openServicesFile(parseMemoryUrl(url))],
]);

/** Makes the registries; none is connected before its `start`. Throws a UsageError, or what the adapter says of its URL. */
export function openRegistries(urls: readonly RegistryUrl[]): RegistryMember[] {
  const members = urls.map(({ scheme, url, namespace }) => {
    const adapter = adapters.get(scheme);
    if (adapter === undefined) {
      throw new UsageError(
        `--registry ${withoutPassword(url)}: there is no registry "${scheme}"; there are ${[...adapters.keys()].join(", ")}`,
      );
    }
    return { source: adapter(url), namespace };
  });
  const names = members.map(({ source }) => source.name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new UsageError(`--registry: two are called "${twice}"; name them apart with ?name=`);
  return members;
}
