import type { MessageInit } from "@mesh/xds-proto";
import type { MeshService } from "../../model/index.ts";

type ValueInit = MessageInit<"google.protobuf.Value">;

const text = (stringValue: string): ValueInit => ({ stringValue });

/** `reviews` of `reviews.shop.svc.cluster.local`; other hosts are their own names. */
const kubernetesHost = /^([^.]+)\.([^.]+)\.svc\.(.+)$/;

/** The name and namespace in a host that Kubernetes made. */
export function kubernetesName(hostname: string): { readonly name: string; readonly namespace: string } | undefined {
  const [, name, namespace] = kubernetesHost.exec(hostname) ?? [];
  return name === undefined || namespace === undefined ? undefined : { name, namespace };
}

function serviceValue({ hostname, namespace }: MeshService): ValueInit {
  const name = kubernetesName(hostname)?.name ?? hostname;
  return { structValue: { fields: { host: text(hostname), name: text(name), namespace: text(namespace) } } };
}

export interface ClusterOrigin {
  readonly services: readonly MeshService[];
  /** `namespace/name` of the destination rule. */
  readonly rule: string | undefined;
  readonly subset: string | undefined;
}

/** The metadata `istio` of a cluster: what it was made of, for access logs, metrics and people (Istio: `config`, `services`, `subset`). */
export function clusterMetadata({ services, rule, subset }: ClusterOrigin): MessageInit<"envoy.config.core.v3.Metadata"> {
  const fields: Record<string, ValueInit> = { services: { listValue: { values: services.map(serviceValue) } } };
  const [namespace, name] = rule?.split("/") ?? [];
  if (name !== undefined) fields["config"] = text(`/apis/networking.istio.io/v1/namespaces/${namespace}/destination-rule/${name}`);
  if (subset !== undefined) fields["subset"] = text(subset);
  return { filterMetadata: { istio: { fields } } };
}
