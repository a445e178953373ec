import { expect, test } from "vitest";
import { isHttpProtocol, isRpcProtocol, isTlsProtocol, parsePortProtocol, protocolOfPortName } from "./protocol.ts";

test.each([
  ["http", "HTTP"],
  ["gRPC-Web", "GRPC-WEB"],
  ["bolt", "BOLT"],
  ["Dubbo", "DUBBO"],
  ["tri", "TRI"],
  ["x", "X"],
  ["x-acme", "X-ACME"],
  ["x-", undefined],
  ["smtp", undefined],
  ["constructor", undefined],
])("the protocol %s is read as %s", (text, protocol) => expect(parsePortProtocol(text)).toBe(protocol));

test.each([
  ["http", "HTTP"],
  ["http-web", "HTTP"],
  ["grpc-web", "GRPC-WEB"],
  ["grpc-orders", "GRPC"],
  ["tcp-db", "TCP"],
  ["dubbo", "DUBBO"],
  ["x-dubbo-port", "DUBBO"],
  ["x-bolt-orders-1", "BOLT"],
  ["x-acme-port", "X-ACME"],
  ["x-dubbo", "DUBBO"],
  ["x-auto-rpc", "X-AUTO"],
  ["x", "X"],
  ["x--port", "X"],
  ["udp-dns", undefined],
  ["web", undefined],
])("the port name %s tells %s", (name, protocol) => expect(protocolOfPortName(name)).toBe(protocol));

test("protocols are HTTP's, TLS's, RPC's or none of these", () => {
  expect(isHttpProtocol("GRPC") && isTlsProtocol("HTTPS") && isRpcProtocol("X") && isRpcProtocol("X-AUTO") && isRpcProtocol("BOLT")).toBe(
    true,
  );
  expect(isHttpProtocol("TCP") || isTlsProtocol("TCP") || isRpcProtocol("TCP") || isRpcProtocol("X-ACME")).toBe(false);
});
