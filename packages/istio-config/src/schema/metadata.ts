import * as v from "valibot";
import type { Labels } from "../kinds/index.ts";
import { labels } from "./common.ts";
import { namespace } from "./hosts.ts";
import { describe } from "./issues.ts";
import { normalisedMessage, type MessageSchema } from "./message.ts";
import { checked, map, may, text, type Schema } from "./scalars.ts";

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly creationTimestamp?: number;
}

/** Kubernetes: a DNS subdomain. */
const objectName: Schema<string> = checked(text, "metadata/name", (value) =>
  value.length <= 253 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(value)
    ? undefined
    : `must be a DNS name in lower case, but is ${describe(value)}`,
);

const timestamp: Schema<string> = checked(text, "metadata/timestamp", (value) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value))
    ? undefined
    : `must be a date such as 2026-01-31T12:00:00Z, but is ${describe(value)}`,
);

/** What Kubernetes writes for itself: read over, as it says nothing about the mesh. */
const bookkeeping = v.exactOptional(v.unknown());

export const metadata: MessageSchema<Metadata> = normalisedMessage(
  "ObjectMeta",
  {
    name: objectName,
    namespace: may(namespace),
    labels,
    annotations: map(text),
    creationTimestamp: may(timestamp),
    uid: bookkeeping,
    resourceVersion: bookkeeping,
    generation: bookkeeping,
    selfLink: bookkeeping,
    managedFields: bookkeeping,
    ownerReferences: bookkeeping,
    finalizers: bookkeeping,
  },
  ({ name, namespace: space, labels: found, annotations, creationTimestamp }) => ({
    name,
    ...(space === undefined ? {} : { namespace: space }),
    labels: found,
    annotations,
    ...(creationTimestamp === undefined ? {} : { creationTimestamp: Date.parse(creationTimestamp) }),
  }),
);
