import { createRequire } from "node:module";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createMessage, createTypeRegistry, defaultRegistry, fromJson, packAny, type MessageName } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { dumpMessage } from "./dump.ts";
import { isSensitive, soundsSecret } from "./sensitive.ts";

const registry = defaultRegistry();
const dump = (name: MessageName, json: object): unknown => dumpMessage(registry, name, fromJson(name, json));
const redactedBytes = "W3JlZGFjdGVkXQ=="; // base64 of [redacted]

describe("a dump", () => {
  test("has the names of the .proto files, and Anys that can be read", () => {
    const type = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
    const filter = { name: "r", typedConfig: { "@type": type, suppressEnvoyHeaders: true } };
    expect(dump("envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter", filter)).toEqual({
      name: "r",
      typed_config: { "@type": type, suppress_envoy_headers: true },
    });
  });

  test("shows no secret, inline or in an Any, but where it comes from", () => {
    const certificate = {
      certificate_chain: { inline_string: "public" },
      private_key: { inline_string: "secret" },
      pkcs12: { inline_bytes: "c2VjcmV0" },
      password: { filename: "/etc/password" },
    };
    const shown = {
      certificate_chain: { inline_string: "public" },
      private_key: { inline_string: "[redacted]" },
      pkcs12: { inline_bytes: redactedBytes },
      password: { filename: "/etc/password" },
    };
    const secret = { name: "s", tls_certificate: certificate };
    const name = "envoy.extensions.transport_sockets.tls.v3.Secret";
    expect(dump(name, secret)).toEqual({ name: "s", tls_certificate: shown });
    const response = createMessage("envoy.service.discovery.v3.DiscoveryResponse", { resources: [packAny(name, fromJson(name, secret))] });
    expect(dumpMessage(registry, "envoy.service.discovery.v3.DiscoveryResponse", response)).toEqual({
      resources: [{ "@type": `type.googleapis.com/${name}`, name: "s", tls_certificate: shown }],
    });
    expect(dump(name, { session_ticket_keys: { keys: [{ inline_string: "a" }, { inline_bytes: "YQ==" }] } })).toEqual({
      session_ticket_keys: { keys: [{ inline_string: "[redacted]" }, { inline_bytes: redactedBytes }] },
    });
    expect(dump("envoy.extensions.filters.http.ext_authz.v3.CheckSettings", { context_extensions: { a: "secret" } })).toEqual({
      context_extensions: { a: "[redacted]" },
    });
    const provider = { provider_name: "p", typed_config: { "@type": "type.googleapis.com/envoy.config.core.v3.Pipe", path: "secret" } };
    expect(dump("envoy.extensions.transport_sockets.tls.v3.PrivateKeyProvider", provider)).toEqual({
      provider_name: "p",
      typed_config: { "@type": "type.googleapis.com/envoy.config.core.v3.Pipe", path: "[redacted]" },
    });
  });

  test("can be read again where it is ProtoJSON", () => {
    const name = "envoy.extensions.transport_sockets.tls.v3.TlsCertificate";
    expect(() => fromJson(name, dump(name, { private_key: { inline_bytes: "c2VjcmV0" } }))).not.toThrow();
  });

  test("guesses secrets by their names in what has no descriptor", () => {
    const struct = { clientSecret: "s", token: ["t"], limits: { "api-key": "k", token_bucket: 5 }, secret_name: "n" };
    const shown = { clientSecret: "[redacted]", token: ["t"], limits: { "api-key": "[redacted]", token_bucket: 5 }, secret_name: "n" };
    expect(dump("envoy.config.core.v3.Node", { metadata: struct })).toEqual({ metadata: shown });
    const any = (type: string, value: object): object => ({
      config: { "@type": "type.googleapis.com/xds.type.v3.TypedStruct", type_url: `x/${type}`, value },
    });
    expect(dump("envoy.config.route.v3.FilterConfig", any("acme.Audit", struct))).toEqual(any("acme.Audit", shown));
    const key = "envoy.extensions.transport_sockets.tls.v3.TlsCertificate";
    expect(dump("envoy.config.route.v3.FilterConfig", any(key, { privateKey: { inlineString: "secret" } }))).toEqual(
      any(key, { private_key: { inline_string: "[redacted]" } }),
    );
    expect(dump("envoy.config.route.v3.FilterConfig", any(key, { unreadable: { password: "secret" } }))).toEqual(
      any(key, { unreadable: { password: "[redacted]" } }),
    );
  });

  test("guesses secrets by their names in messages of the user's", () => {
    const fields = {
      apiKey: { type: "string", id: 1 },
      user: { type: "string", id: 2 },
      passwords: { rule: "repeated", type: "bytes", id: 3 },
    };
    const own = createTypeRegistry({ descriptors: [{ nested: { acme: { nested: { Login: { fields } } } } }] });
    const json = { config: { "@type": "type.googleapis.com/acme.Login", apiKey: "secret", user: "u", passwords: ["YQ=="] } };
    expect(dumpMessage(own, "envoy.config.route.v3.FilterConfig", own.fromJson("envoy.config.route.v3.FilterConfig", json))).toEqual({
      config: { "@type": "type.googleapis.com/acme.Login", apiKey: "[redacted]", user: "u", passwords: [redactedBytes] },
    });
  });

  test("shows the bytes of an Any that nobody can read as they are", () => {
    const any = createMessage("google.protobuf.Any", { type_url: "x/acme.Unknown", value: Buffer.from("a") });
    expect(dumpMessage(registry, "google.protobuf.Any", any)).toEqual({ "@type": "x/acme.Unknown", value: "YQ==" });
  });
});

test.each(["password", "dbPassword", "client_secret", "access-token", "tokens", "PRIVATE_KEY"])("%s sounds secret", (name) => {
  expect(soundsSecret(name)).toBe(true);
});

test.each(["token_bucket", "secret_name", "keyed", "passwordless", "max_tokens_per_fill"])("%s does not sound secret", (name) => {
  expect(soundsSecret(name)).toBe(false);
});

/** Fields with `(udpa.annotations.sensitive)` by their messages, from the text of Envoy's files. */
function markedFields(): string[] {
  const manifest = createRequire(import.meta.url).resolve("@grpc/grpc-js-xds/package.json");
  const root = join(dirname(manifest), "deps/envoy-api");
  return globSync("envoy/**/v3/*.proto", { cwd: root }).flatMap((file) => fieldsMarkedIn(readFileSync(join(root, file), "utf8")));
}

function fieldsMarkedIn(proto: string): string[] {
  const text = proto.replace(/\/\/.*|"(?:[^"\\]|\\.)*"/g, "");
  const scope = [/^package ([\w.]+);/m.exec(text)?.[1] ?? ""];
  const marked: string[] = [];
  for (const [token, opened, name, options] of text.matchAll(
    /(?:\b(?:message|oneof|enum|extend|service) ([\w.]+) )?\{|\}|(\w+) = \d+\s*\[([^\]]*)\]/g,
  )) {
    if (token === "}") scope.pop();
    else if (token.endsWith("{")) scope.push(token.startsWith("oneof") ? "" : (opened ?? ""));
    else if (options?.includes("(udpa.annotations.sensitive) = true"))
      marked.push(`${scope.filter((part) => part !== "").join(".")}.${name}`);
  }
  return marked;
}

test("every field that Envoy's files mark as sensitive is known to be", () => {
  const marked = markedFields();
  expect(marked).toContain("envoy.extensions.transport_sockets.tls.v3.TlsCertificate.private_key");
  const split = marked.map((field) => [field.slice(0, field.lastIndexOf(".")), field.slice(field.lastIndexOf(".") + 1)] as const);
  const here = split.filter(([message]) => registry.has(message));
  expect(here.length).toBeGreaterThan(5);
  expect(here.filter(([message, field]) => !isSensitive(message, field))).toEqual([]);
});

test("every field that is known to be sensitive is there", () => {
  const name = "envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials";
  expect(
    registry
      .describeMessage(name)
      .fields.filter((field) => isSensitive(name, field.name))
      .map((field) => field.name),
  ).toEqual(["access_token", "google_refresh_token"]);
});
