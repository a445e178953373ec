import type { Detector } from "@mesh/codec";
import { defineFields, extension, type FieldTable } from "../../config/index.ts";
import { compileDetectors } from "../../rpc/index.ts";
import type { Counter, StatsScope } from "../../stats/index.ts";
import type { AcceptedConnection } from "../accepted.ts";
import type { InspectResult, ListenerFilter, ListenerFilterExtension } from "../listener-filter.ts";

const messageName = "mesh.extensions.filters.listener.rpc_inspector.v3.RpcInspector";

const fields: FieldTable = defineFields(messageName, { codecs: extension("mesh.codecs") });

/** To RPC what Envoy's HTTP inspector is to HTTP: tells `bolt`, `dubbo` … for the `application_protocols` of filter chains. */
export const rpcInspectorFilter: ListenerFilterExtension = {
  name: "mesh.filters.listener.rpc_inspector",
  category: "envoy.filters.listener",
  messageName,
  fields,
  create: (decoded, { extensions, rootStats }) =>
    new RpcInspector(compileDetectors(decoded.as(messageName).codecs, decoded.path.field("codecs"), extensions), rootStats),
};

interface Candidate {
  readonly detector: Detector;
  readonly found: Counter;
}

class RpcInspector implements ListenerFilter {
  readonly maxBytes: number;
  readonly #candidates: readonly Candidate[];
  readonly #notFound: Counter;

  constructor(detectors: readonly Detector[], stats: StatsScope) {
    const scope = stats.scope("rpc_inspector");
    this.#candidates = detectors.map((detector) => ({ detector, found: scope.counter(`${detector.name}_found`) }));
    this.#notFound = scope.counter("rpc_not_found");
    this.maxBytes = Math.max(...detectors.map(({ detectBytes }) => detectBytes));
  }

  inspect(accepted: AcceptedConnection, bytes: Buffer): InspectResult {
    // Another inspector knows already.
    if (accepted.applicationProtocols.length > 0) return { kind: "done", consumed: 0 };
    let undecided = false;
    for (const { detector, found } of this.#candidates) {
      const detection = detector.detect(bytes);
      if (detection === "match") {
        found.inc();
        accepted.applicationProtocols = [detector.name];
        return { kind: "done", consumed: 0 };
      }
      if (detection === "more") undecided = true;
    }
    if (undecided) return { kind: "more", needed: bytes.length + 1 };
    this.#notFound.inc();
    return { kind: "done", consumed: 0 };
  }
}
