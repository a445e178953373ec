import { isIP } from "node:net";
import { toJson, type Message } from "@mesh/xds-proto";
import { pilotError } from "../base/index.ts";
import type { Labels, Locality } from "../model/index.ts";
import type { Interception, Proxy } from "./proxy.ts";

type Node = Message<"envoy.config.core.v3.Node">;
type Metadata = Readonly<Record<string, unknown>>;

const interceptions: Readonly<Record<string, Interception>> = { REDIRECT: "redirect", TPROXY: "tproxy", NONE: "none" };

/**
 * Reads who is connected from an Envoy node, as istio-proxy fills it: an id of four parts, and metadata (Istio: `ParseServiceNodeWithMetadata`).
 *
 * @throws MESH_PILOT_INVALID_NODE where the id cannot be read
 */
export function parseNode(node: Node): Proxy {
  const metadata = metadataOf(node);
  const generator = textOf(metadata["GENERATOR"]);
  if (generator !== "" && generator !== "grpc") {
    throw pilotError("MESH_PILOT_INVALID_NODE", `node.metadata.GENERATOR "${generator}" is not served; there is "grpc"`);
  }
  const parts = node.id.split("~");
  const [role = "", address = "", workload = "", dnsDomain = ""] = parts;
  if (parts.length !== 4 || (role !== "sidecar" && role !== "router") || isIP(address) === 0 || workload === "") {
    throw pilotError(
      "MESH_PILOT_INVALID_NODE",
      `node.id "${node.id}" must be <sidecar or router>~<IP address>~<name>.<namespace>~<domain>, as in sidecar~10.0.0.1~orders-1.shop~shop.svc.cluster.local`,
    );
  }
  const dot = workload.lastIndexOf(".");
  const labels = labelsOf(metadata["LABELS"]);
  const namespace = textOf(metadata["NAMESPACE"]) || (dot < 0 ? "" : workload.slice(dot + 1)) || "default";
  return {
    id: node.id,
    type: generator === "grpc" ? "grpc" : role,
    name: dot < 0 ? workload : workload.slice(0, dot),
    namespace,
    addresses: addressesOf(address, textOf(metadata["INSTANCE_IPS"])),
    dnsDomain: dnsDomain || `${namespace}.svc.cluster.local`,
    labels,
    locality: localityOf(node, labels),
    network: textOf(metadata["NETWORK"]),
    clusterId: textOf(metadata["CLUSTER_ID"]),
    interception: interceptions[textOf(metadata["INTERCEPTION_MODE"])] ?? "redirect",
    dialect: node.userAgentName === "mosn" ? "mosn" : "envoy",
    version: textOf(metadata["ISTIO_VERSION"]) || node.userAgentVersion,
  };
}

function metadataOf({ metadata }: Node): Metadata {
  const json: unknown = metadata === null ? {} : toJson("google.protobuf.Struct", metadata);
  return typeof json === "object" && json !== null ? { ...json } : {};
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function labelsOf(value: unknown): Labels {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).flatMap(([key, text]) => (typeof text === "string" ? [[key, text]] : [])));
}

function addressesOf(first: string, others: string): readonly string[] {
  const all = others.split(",").flatMap((address) => (isIP(address.trim()) === 0 ? [] : [address.trim()]));
  return [...new Set([first, ...all])];
}

/** What the node says, or the label `istio-locality` (`region.zone.subzone`, since a label cannot have a slash). */
function localityOf({ locality }: Node, labels: Labels): Locality | undefined {
  if (locality !== null && locality.region !== "") return { region: locality.region, zone: locality.zone, subZone: locality.subZone };
  const label = labels["istio-locality"] ?? "";
  if (label === "") return undefined;
  const [region = "", zone = "", subZone = ""] = label.split(label.includes("/") ? "/" : ".");
  return { region, zone, subZone };
}
