import * as v from "valibot";
import type { GatewayPort, GatewayServer, GatewaySpec, ServerTlsSettings, TlsProtocol } from "../kinds/index.ts";
import { isHttpProtocol, isTlsProtocol } from "../protocol.ts";
import { ipVerdict, unixPrefix, unixVerdict } from "./addresses.ts";
import { protocol, selectorLabels } from "./common.ts";
import { fullHostVerdict, isLowerCaseLabel } from "./hosts.ts";
import type { Report } from "./issues.ts";
import { message, normalisedMessage, type MessageSchema } from "./message.ts";
import {
  checked,
  countSet,
  flagOrFalse,
  integer,
  list,
  may,
  oneOf,
  portVerdict,
  text,
  texts,
  type Schema,
  type Verdict,
} from "./scalars.ts";

const tlsVersions = ["TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"] as const satisfies readonly TlsProtocol[];
const tlsVersion = may(oneOf("TLS_AUTO", ...tlsVersions));

const tlsFields = {
  httpsRedirect: flagOrFalse,
  mode: v.optional(oneOf("PASSTHROUGH", "SIMPLE", "MUTUAL"), "PASSTHROUGH"),
  serverCertificate: may(text),
  privateKey: may(text),
  caCertificates: may(text),
  caCrl: may(text),
  subjectAltNames: texts,
  verifyCertificateSpki: texts,
  verifyCertificateHash: texts,
  minProtocolVersion: tlsVersion,
  maxProtocolVersion: tlsVersion,
  cipherSuites: texts,
};

type TlsFields = v.InferOutput<v.ObjectSchema<typeof tlsFields, undefined>>;

function checkFiles({ mode, serverCertificate, privateKey, caCertificates, caCrl }: TlsFields, report: Report): void {
  const rule = "gateway/tls-files";
  if (mode === "PASSTHROUGH") {
    if (countSet(serverCertificate, privateKey, caCertificates, caCrl) > 0)
      report([], "gateway/tls-unused-files", "names files that PASSTHROUGH does not use");
    return;
  }
  if (serverCertificate === undefined) report([], rule, `must have serverCertificate for ${mode}`);
  if (privateKey === undefined) report([], rule, `must have privateKey for ${mode}`);
  if (mode === "MUTUAL" && caCertificates === undefined) report([], rule, "must have caCertificates for MUTUAL");
  if (mode === "SIMPLE" && caCrl !== undefined) report(["caCrl"], "gateway/tls-crl", "goes with MUTUAL, not with SIMPLE");
}

function checkVersions({ minProtocolVersion, maxProtocolVersion, cipherSuites }: TlsFields, report: Report): void {
  const minimum = tlsVersions.findIndex((version) => version === minProtocolVersion);
  const maximum = tlsVersions.findIndex((version) => version === maxProtocolVersion);
  if (maximum >= 0 && minimum > maximum)
    report(["minProtocolVersion"], "gateway/tls-version-order", `must not be above ${maxProtocolVersion}`);
  if ((minimum === 0 || minimum === 1) && cipherSuites.length === 0) {
    report(["minProtocolVersion"], "gateway/tls-old-version", "needs cipherSuites that such old clients know");
  }
}

const tls: MessageSchema<ServerTlsSettings> = normalisedMessage(
  "ServerTLSSettings",
  tlsFields,
  ({ minProtocolVersion, maxProtocolVersion, ...others }) => ({
    ...others,
    ...(minProtocolVersion === undefined || minProtocolVersion === "TLS_AUTO" ? {} : { minProtocolVersion }),
    ...(maxProtocolVersion === undefined || maxProtocolVersion === "TLS_AUTO" ? {} : { maxProtocolVersion }),
  }),
  {
    rules(value, report) {
      checkFiles(value, report);
      checkVersions(value, report);
    },
  },
);

const port: MessageSchema<GatewayPort> = message("Port", { number: v.optional(integer(0, 65535), 0), name: text, protocol });

function serverHostVerdict(value: string): Verdict {
  const slash = value.indexOf("/");
  if (slash < 0) return fullHostVerdict(value, true);
  const namespace = value.slice(0, slash);
  if (namespace !== "*" && namespace !== "." && !isLowerCaseLabel(namespace)) return "must have a namespace, . or * before the slash";
  return fullHostVerdict(value.slice(slash + 1), true);
}

function checkPort({ port: { number }, bind = "" }: GatewayServer, report: Report): void {
  if (bind.startsWith(unixPrefix)) {
    const problem = unixVerdict(bind);
    if (problem !== undefined) report(["bind"], "address/unix", problem);
    if (number !== 0) report(["port", "number"], "gateway/unix-port", "must be 0 where a Unix domain socket is bound");
    return;
  }
  const problem = portVerdict(number);
  if (problem !== undefined) report(["port", "number"], "port/range", problem);
  if (bind !== "" && ipVerdict(bind) !== undefined) report(["bind"], "address/ip", "must be an IP address or unix:///path");
}

function checkTls({ port: { protocol: spoken }, tls: settings }: GatewayServer, report: Report): void {
  if (isTlsProtocol(spoken)) {
    if (settings === undefined) report([], "gateway/tls-required", `must have tls for ${spoken}`);
    else if (settings.httpsRedirect) report(["tls", "httpsRedirect"], "gateway/https-redirect", "is for servers of plain HTTP");
    return;
  }
  if (settings === undefined) return;
  if (!isHttpProtocol(spoken)) report(["tls"], "gateway/tls-plain", `must not be set for ${spoken}`);
  else if (settings.mode !== "PASSTHROUGH" || countSet(settings.serverCertificate, settings.privateKey, settings.caCertificates) > 0) {
    report(["tls"], "gateway/tls-plain", `must have nothing but httpsRedirect for ${spoken}`);
  }
}

const server: MessageSchema<GatewayServer> = message(
  "Server",
  { port, bind: may(text), hosts: list(checked(text, "gateway/host", serverHostVerdict)), tls: may(tls), name: may(text) },
  {
    rules(value, report) {
      if (value.hosts.length === 0) report([], "gateway/servers", "must have hosts");
      checkPort(value, report);
      checkTls(value, report);
    },
  },
);

export const gateway: Schema<GatewaySpec> = message(
  "Gateway",
  { selector: selectorLabels, servers: list(server) },
  {
    rules({ servers }, report) {
      if (servers.length === 0) report([], "gateway/servers", "must have servers");
      const names = servers.map(({ port: { name } }) => name);
      for (const [index, name] of names.entries()) {
        if (names.indexOf(name) < index)
          report(["servers", index, "port", "name"], "gateway/duplicate-port-name", `${name} must be there once only`);
      }
    },
  },
);
