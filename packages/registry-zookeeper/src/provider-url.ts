/** What SOFARPC and Dubbo write into a registry: `scheme://host:port/path?key=value`. Values are not encoded inside; the node's name is, as a whole. */
export interface ProviderUrl {
  /** In lower case. */
  readonly scheme: string;
  /** Empty where there is none. */
  readonly username: string;
  /** Without brackets, if it is an IPv6 address. */
  readonly host: string;
  /** 0 where there is none. */
  readonly port: number;
  /** Without the slash in front. */
  readonly path: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Reads an URL; undefined for what is none. */
export function parseProviderUrl(text: string): ProviderUrl | undefined {
  const schemeEnd = text.indexOf("://");
  if (schemeEnd < 1) return undefined;
  const queryStart = text.indexOf("?", schemeEnd);
  const head = text.slice(schemeEnd + 3, queryStart === -1 ? undefined : queryStart);
  const pathStart = head.indexOf("/");
  const authority = pathStart === -1 ? head : head.slice(0, pathStart);
  const at = authority.lastIndexOf("@");
  const address = parseAddress(authority.slice(at + 1));
  if (address === undefined) return undefined;
  return {
    scheme: text.slice(0, schemeEnd).toLowerCase(),
    username: at === -1 ? "" : (authority.slice(0, at).split(":", 1)[0] ?? ""),
    ...address,
    path: pathStart === -1 ? "" : head.slice(pathStart + 1),
    parameters: parseParameters(queryStart === -1 ? "" : text.slice(queryStart + 1)),
  };
}

/** Without the password, which is not read either. */
export function formatProviderUrl({ scheme, username, host, port, path, parameters }: ProviderUrl): string {
  const user = username === "" ? "" : `${username}@`;
  const address = host.includes(":") ? `[${host}]` : host;
  const query = [...parameters].map(([key, value]) => `${key}=${value}`).join("&");
  return `${scheme}://${user}${address}${port === 0 ? "" : `:${port}`}${path === "" ? "" : `/${path}`}${query === "" ? "" : `?${query}`}`;
}

/** `host:port` of an URL, as Dubbo's rules name providers. */
export function addressOf({ host, port }: Pick<ProviderUrl, "host" | "port">): string {
  const address = host.includes(":") ? `[${host}]` : host;
  return port === 0 ? address : `${address}:${port}`;
}

/** The protocol, host and port of an URL. */
export function placeOf(url: Pick<ProviderUrl, "scheme" | "host" | "port">): string {
  return `${url.scheme}://${addressOf(url)}`;
}

/** `host`, `host:port`, `[v6]:port`, or an IPv6 address as Dubbo writes it, without brackets. */
export function parseAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const bracket = text.startsWith("[") ? text.indexOf("]") : -1;
  if (text.startsWith("[") && bracket === -1) return undefined;
  const colon = bracket === -1 ? text.lastIndexOf(":") : text.indexOf(":", bracket);
  if (colon === -1) return finish(bracket === -1 ? text : text.slice(1, bracket), 0);
  const digits = text.slice(colon + 1);
  if (!/^\d{1,5}$/.test(digits)) return undefined;
  const port = Number(digits);
  return port > 65535 ? undefined : finish(bracket === -1 ? text.slice(0, colon) : text.slice(1, bracket), port);
}

function finish(host: string, port: number): { host: string; port: number } | undefined {
  return host === "" ? undefined : { host, port };
}

function parseParameters(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const key = equals === -1 ? pair : pair.slice(0, equals);
    if (key !== "") parameters.set(key, equals === -1 ? "" : pair.slice(equals + 1));
  }
  return parameters;
}

/** The name of the node for an URL: as `java.net.URLEncoder` does it, so that Java peers find the very node. */
export function encodeNodeName(text: string): string {
  return encodeURIComponent(text).replace(/%20|[!'()~]/g, (found) =>
    found === "%20" ? "+" : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** What `java.net.URLDecoder` makes of a node's name; undefined for a broken escape. */
export function decodeNodeName(name: string): string | undefined {
  try {
    return decodeURIComponent(name.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
