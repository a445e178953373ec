import type { ResponseHead } from "@mesh/codec-http1";
import type { HttpConnectionManager } from "./downstream-connection.ts";
import type { HttpStream } from "./http-stream.ts";

/** Makes of a response one that the client may see, as Envoy's connection manager does: hop-by-hop fields, `x-request-id`, `date`, `server`, `via`. */
export function prepareResponse(head: ResponseHead, stream: HttpStream, { settings, date }: HttpConnectionManager): void {
  const { headers } = head;
  head.removeHopByHop(stream.isTunnel);
  if (settings.alwaysSetRequestIdInResponse) {
    const id = stream.head.headers.get("x-request-id");
    if (id !== undefined) headers.set("x-request-id", id);
  }
  if (!headers.has("date")) headers.append("date", date.text());
  if (settings.serverHeader === "overwrite" || (settings.serverHeader === "append-if-absent" && !headers.has("server"))) {
    headers.set("server", settings.serverName);
  }
  if (settings.via !== "") headers.append("via", settings.via);
}
