import { fromJson } from "@mesh/xds-proto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import type { AcceptedConnection } from "./accepted.ts";
import { compileChainMatch } from "./filter-chain-match.ts";
import { acceptedConnection } from "./testing.ts";

type Choice = (accepted: AcceptedConnection) => number;

/** @param matches ProtoJSON; undefined for a chain without one */
function compile(...matches: readonly (object | undefined)[]): Choice {
  const messages = matches.map((match) => (match === undefined ? null : fromJson("envoy.config.listener.v3.FilterChainMatch", match)));
  return compileChainMatch(messages, (index) => ConfigPath.of("filter_chains").index(index));
}

function connection(from: string, to: string): AcceptedConnection {
  const parse = (text: string): { address: string; port: number } => {
    const [address = "", port] = text.split("#");
    return { address, port: Number(port ?? 1) };
  };
  return acceptedConnection(parse(from), parse(to));
}

const range = (text: string): object => {
  const [address_prefix, prefix_len] = text.split("/");
  return { address_prefix, prefix_len: Number(prefix_len) };
};

describe("a filter chain is chosen", () => {
  test("by the destination port before all else, and there is no way back", () => {
    const choose = compile({ destination_port: 80, source_ports: [1] }, { prefix_ranges: [range("10.0.0.0/8")] });
    expect(choose(connection("192.0.2.1#1", "10.1.1.1#80"))).toBe(0);
    // Envoy: the port has a chain, so the chains without a port are out, though this one does not fit in the end.
    expect(choose(connection("192.0.2.1#2", "10.1.1.1#80"))).toBe(-1);
    expect(choose(connection("192.0.2.1#1", "10.1.1.1#81"))).toBe(1);
  });

  test("by the longest prefix of the destination", () => {
    const choose = compile(
      { prefix_ranges: [range("10.0.0.0/8"), range("172.16.0.0/12")] },
      { prefix_ranges: [range("10.1.0.0/16")] },
      { prefix_ranges: [range("2001:db8::/32")] },
      {},
    );
    expect(choose(connection("192.0.2.1", "10.1.2.3"))).toBe(1);
    expect(choose(connection("192.0.2.1", "10.2.2.3"))).toBe(0);
    expect(choose(connection("192.0.2.1", "172.17.0.1"))).toBe(0);
    expect(choose(connection("::1", "2001:db8::1"))).toBe(2);
    expect(choose(connection("192.0.2.1", "192.0.2.1"))).toBe(3);
  });

  test("by the server's name: exact, then the longest wildcard, then any", () => {
    const choose = compile(
      { server_names: ["a.b.Example.com"] },
      { server_names: ["*.b.example.com"] },
      { server_names: ["*.example.com"] },
      undefined,
    );
    const named = (name: string | undefined): AcceptedConnection => {
      const accepted = connection("192.0.2.1", "192.0.2.2");
      accepted.serverName = name;
      return accepted;
    };
    expect(choose(named("A.b.example.com"))).toBe(0);
    expect(choose(named("x.y.b.example.com"))).toBe(1);
    expect(choose(named("b.example.com"))).toBe(2);
    expect(choose(named("example.com"))).toBe(3);
    expect(choose(named(undefined))).toBe(3);
  });

  test("by the transport and what is spoken over it", () => {
    const choose = compile({ transport_protocol: "tls" }, { transport_protocol: "raw_buffer", application_protocols: ["h2c"] }, undefined);
    const accepted = connection("192.0.2.1", "192.0.2.2");
    // The transport is asked first, and only the second chain has this one.
    expect(choose(accepted)).toBe(-1);
    accepted.applicationProtocols = ["http/1.1", "h2c"];
    expect(choose(accepted)).toBe(1);
    accepted.transportProtocol = "tls";
    expect(choose(accepted)).toBe(0);
    accepted.transportProtocol = "quic";
    expect(choose(accepted)).toBe(2);
  });

  test("by the socket's own peer, and by the client that the PROXY protocol tells of", () => {
    const choose = compile(
      { direct_source_prefix_ranges: [range("127.0.0.0/8")], source_prefix_ranges: [range("10.0.0.0/8")] },
      { source_prefix_ranges: [range("10.0.0.0/8")] },
      undefined,
    );
    const proxied = connection("127.0.0.1", "192.0.2.2");
    proxied.remote = { address: "10.0.0.1", port: 1 };
    expect(choose(proxied)).toBe(0);
    expect(choose(connection("10.0.0.1", "192.0.2.2"))).toBe(1);
    expect(choose(connection("192.0.2.1", "192.0.2.2"))).toBe(2);
  });

  test("by whether it comes from this machine", () => {
    const choose = compile({ source_type: "SAME_IP_OR_LOOPBACK" }, { source_type: "EXTERNAL" });
    expect(choose(connection("127.3.2.1", "192.0.2.2"))).toBe(0);
    expect(choose(connection("::1", "192.0.2.2"))).toBe(0);
    expect(choose(connection("192.0.2.2", "192.0.2.2"))).toBe(0);
    expect(choose(connection("/run/sock", "/run/sock"))).toBe(0);
    expect(choose(connection("192.0.2.1", "192.0.2.2"))).toBe(1);
  });

  test("by the source port", () => {
    const choose = compile({ source_ports: [7, 8] }, undefined);
    expect(choose(connection("192.0.2.1#8", "192.0.2.2"))).toBe(0);
    expect(choose(connection("192.0.2.1#9", "192.0.2.2"))).toBe(1);
  });

  test("not at all where none fits, and always where there is only one without a match", () => {
    expect(compile()(connection("192.0.2.1", "192.0.2.2"))).toBe(-1);
    expect(compile(undefined)(connection("192.0.2.1", "192.0.2.2"))).toBe(0);
    expect(compile({ destination_port: 2 })(connection("192.0.2.1", "192.0.2.2#1"))).toBe(-1);
  });
});

describe("as Envoy's nested maps", () => {
  const ports = fc.constantFrom(undefined, 80, 81);
  const prefixes = fc.constantFrom(undefined, "10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/8");
  const sourcePorts = fc.constantFrom(undefined, 1, 2);
  const types = fc.constantFrom("ANY", "SAME_IP_OR_LOOPBACK", "EXTERNAL");
  const chains = fc.uniqueArray(
    fc.record({ port: ports, prefix: prefixes, type: types, sourcePrefix: prefixes, sourcePort: sourcePorts }),
    {
      maxLength: 8,
      selector: (value) => JSON.stringify(value),
    },
  );
  const address = fc.constantFrom("10.0.0.1", "10.1.0.1", "11.0.0.1", "12.0.0.1", "127.0.0.1");

  /** Keeps the entries under the best key of a level, as a map looked up by one key after the other does. */
  function level<T>(entries: readonly T[], keyOf: (entry: T) => unknown, ...keys: readonly unknown[]): readonly T[] {
    for (const key of keys) {
      const found = entries.filter((entry) => keyOf(entry) === key);
      if (found.length > 0) return found;
    }
    return [];
  }

  const prefixKeys = (text: string): string[] => {
    if (text.startsWith("10.1.")) return ["10.1.0.0/16", "10.0.0.0/8"];
    return text.startsWith("10.") ? ["10.0.0.0/8"] : text.startsWith("11.") ? ["11.0.0.0/8"] : [];
  };

  test("the choice is the same", () => {
    fc.assert(
      fc.property(chains, address, fc.constantFrom(1, 2, 3), address, fc.constantFrom(80, 81, 82), (given, from, fromPort, to, toPort) => {
        let left = level(given, ({ port }) => port, toPort, undefined);
        left = level(left, ({ prefix }) => prefix, ...prefixKeys(to), undefined);
        left = level(left, ({ type }) => type, from.startsWith("127.") || from === to ? "SAME_IP_OR_LOOPBACK" : "EXTERNAL", "ANY");
        left = level(left, ({ sourcePrefix }) => sourcePrefix, ...prefixKeys(from), undefined);
        left = level(left, ({ sourcePort }) => sourcePort, fromPort, undefined);
        const choose = compile(
          ...given.map(({ port, prefix, type, sourcePrefix, sourcePort }) => ({
            ...(port === undefined ? {} : { destination_port: port }),
            prefix_ranges: prefix === undefined ? [] : [range(prefix)],
            source_type: type,
            source_prefix_ranges: sourcePrefix === undefined ? [] : [range(sourcePrefix)],
            source_ports: sourcePort === undefined ? [] : [sourcePort],
          })),
        );
        const expected = left[0] === undefined ? -1 : given.indexOf(left[0]);
        expect(choose(connection(`${from}#${fromPort}`, `${to}#${toPort}`))).toBe(expected);
      }),
    );
  });
});

describe("a match is refused", () => {
  test("that another chain has", () => {
    expect(() => compile({ source_ports: [1] }, {}, { source_ports: [1] })).toThrow(
      "filter_chains[2]: has the same filter_chain_match as filter_chains[0]",
    );
    expect(() => compile(undefined, {})).toThrow("filter_chains[1]");
  });

  test("with a port, a prefix or a name that cannot be", () => {
    expect(() => compile({ destination_port: 0 })).toThrow("filter_chains[0].filter_chain_match.destination_port: must be from 1 to 65535");
    expect(() => compile({ source_prefix_ranges: [range("10.0.0.0/40")] })).toThrow("source_prefix_ranges[0].prefix_len");
    expect(() => compile({ server_names: ["a.*.com"] })).toThrow("server_names[0]");
  });
});
