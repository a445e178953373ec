/** `--registry`, taken apart as far as that is the same for all kinds. */
export interface RegistryUrl {
  /** `zookeeper` */
  readonly scheme: string;
  /** As its adapter understands it: without `namespace`. */
  readonly url: string;
  /** Of its services. */
  readonly namespace: string;
}

/** Throws an Error whose message says what is expected. */
export function readRegistryUrl(text: string): RegistryUrl {
  const [, scheme = "", before = "", query = ""] = /^([a-z][a-z\d+.-]*):([^?]*)(?:\?(.*))?$/.exec(text) ?? [];
  if (scheme === "") throw new Error("must be a URL such as zookeeper://127.0.0.1:2181");
  const parameters = new URLSearchParams(query);
  const namespace = parameters.get("namespace") ?? "default";
  if (!/^[a-z\d]([a-z\d-]*[a-z\d])?$/.test(namespace)) throw new Error(`its namespace must be a name such as shop, not "${namespace}"`);
  parameters.delete("namespace");
  return { scheme, url: `${scheme}:${before}${parameters.size === 0 ? "" : `?${parameters.toString()}`}`, namespace };
}

export const withoutPassword = (url: string): string => url.replace(/\/\/.*@/s, "//…@");
