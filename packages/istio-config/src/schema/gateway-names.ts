/** How a VirtualService names gateways. */
import { isHostName, isLowerCaseLabel } from "./hosts.ts";
import { describe } from "./issues.ts";
import { checked, list, text, type OptionalList, type Verdict } from "./scalars.ts";

function gatewayVerdict(value: string): Verdict {
  const [namespace = "", name, ...rest] = value.split("/");
  if (name === undefined && isHostName(value)) return undefined;
  if (name !== undefined && rest.length === 0 && isLowerCaseLabel(namespace) && isLowerCaseLabel(name)) return undefined;
  return `must be mesh, a name or <namespace>/<name>, but is ${describe(value)}`;
}

function legacyVerdict(value: string): Verdict {
  const [name, namespace] = value.split(".");
  return value.includes("/") || namespace === undefined ? undefined : `is the old way to write ${namespace}/${name}`;
}

export const gatewayNames: OptionalList<string> = list(
  checked(checked(text, "virtual-service/gateway-name", gatewayVerdict), "virtual-service/gateway-legacy-name", legacyVerdict),
);
