/**
 * Names of resources. A plain name is taken as it is; one that begins with `xdstp://` has an authority, a type, an id and context
 * parameters, and is compared with these sorted (xDS RFC TP1: "xDS transport next steps").
 */
import { xdsError } from "../errors.ts";

const SCHEME = "xdstp://";

/** The subscription to everything that the control plane has for this node. */
export const WILDCARD = "*";

export interface XdstpName {
  /** Empty in `xdstp:///type/id`. */
  readonly authority: string;
  /** The full name of the message. */
  readonly type: string;
  /** What stands behind the type, decoded; a collection's ends in `/*` or is `*`. */
  readonly id: string;
  /** Sorted by key. */
  readonly context: readonly (readonly [string, string])[];
}

export function isXdstpName(name: string): boolean {
  return name.startsWith(SCHEME);
}

/** Reads a name that begins with `xdstp://`. Throws MESH_XDS_INVALID_NAME. */
export function parseXdstpName(name: string): XdstpName {
  const [, authority, type, id, query] = /^xdstp:\/\/([^/?#]*)\/([^/?#]+)\/([^?#]+)(?:\?([^#]*))?(?:#.*)?$/.exec(name) ?? [];
  if (authority === undefined || type === undefined || id === undefined) {
    throw xdsError("MESH_XDS_INVALID_NAME", `${name}: must be xdstp://<authority>/<type>/<id>`);
  }
  try {
    const context = (query ?? "")
      .split("&")
      .filter((pair) => pair !== "")
      .map((pair) => {
        const at = pair.indexOf("=");
        if (at <= 0) throw xdsError("MESH_XDS_INVALID_NAME", `${name}: the context parameter "${pair}" must be <key>=<value>`);
        return [decodeURIComponent(pair.slice(0, at)), decodeURIComponent(pair.slice(at + 1))] as const;
      })
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return { authority: decodeURIComponent(authority), type, id: id.split("/").map(decodeURIComponent).join("/"), context };
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    throw xdsError("MESH_XDS_INVALID_NAME", `${name}: has a percent sign that no two hexadecimal digits follow`, { cause });
  }
}

export function formatXdstpName({ authority, type, id, context }: XdstpName): string {
  const path = id.split("/").map(encodePart).join("/");
  const query = context.map(([key, value]) => `${encodePart(key)}=${encodePart(value)}`).join("&");
  return `${SCHEME}${encodePart(authority)}/${type}/${path}${query === "" ? "" : `?${query}`}`;
}

const encodePart = (part: string): string => encodeURIComponent(part).replaceAll("%3A", ":").replaceAll("%2A", "*");

/** The one spelling of a name that all its spellings share. A name that cannot be read stays as it is: it matches nothing else. */
export function canonicalName(name: string): string {
  if (!isXdstpName(name)) return name;
  try {
    return formatXdstpName(parseXdstpName(name));
  } catch {
    return name;
  }
}

/** Whether a subscription is to an xdstp collection (`xdstp://authority/type/folder/*`). */
export function isXdstpCollection(name: string): boolean {
  return isXdstpName(name) && /\/\*(\?|$)/.test(name);
}

/** The collection that an xdstp name is an entry of: its last segment replaced by `*`. */
export function xdstpCollectionOf(name: string): string {
  return name.replace(/[^/?]*(\?.*)?$/, (_, query: string | undefined) => `*${query ?? ""}`);
}
