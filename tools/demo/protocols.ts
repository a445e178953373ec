import type { RpcCodec } from "@mesh/codec";
import { boltCodec, encodeBoltRequest, encodeBoltResponse } from "@mesh/codec-bolt";
import { dubboCodec, encodeDubboRequest, encodeDubboResponse } from "@mesh/codec-dubbo";
import { encodeHessian } from "@mesh/codec-hessian";

/** The header, or attachment, in which an answer says which instance gave it. */
export const instanceHeader = "instance";

/** Generous: that this machine has much else to do is no failure of the mesh. */
export const callTimeoutMs = 10_000;

/** What our own consumers and providers say in one RPC protocol: calls of a fixed shape, `hello("mesh")`. */
export interface RpcDialect {
  readonly codec: RpcCodec;
  /** The service, as pilot knows it. */
  readonly host: string;
  request(id: number): Buffer;
  answer(id: number, instance: string): Buffer;
}

export const webHost = "catalog.acme";

const ordersHost = "com.acme.Orders";
const ordersService = `${ordersHost}:1.0`;

/** Bolt as SOFARPC speaks it. */
export const orders: RpcDialect = {
  codec: boltCodec(),
  host: ordersHost,
  request: (id) =>
    encodeBoltRequest({
      id,
      timeoutMs: callTimeoutMs,
      headers: [
        ["service", ordersService],
        ["sofa_head_target_service", ordersService],
        ["sofa_head_method_name", "hello"],
      ],
      content: encodeHessian("v3", ["mesh"]),
    }),
  answer: (id, instance) =>
    encodeBoltResponse({ id, headers: [[instanceHeader, instance]], content: encodeHessian("v3", [`hello from ${instance}`]) }),
};

const stockHost = "com.acme.Stock";

export const stock: RpcDialect = {
  codec: dubboCodec(),
  host: stockHost,
  request: (id) =>
    encodeDubboRequest({
      id,
      path: stockHost,
      method: "hello",
      parameterTypes: "Ljava/lang/String;",
      arguments: [encodeHessian("v4", ["mesh"])],
      attachments: [
        ["path", stockHost],
        ["interface", stockHost],
        ["timeout", String(callTimeoutMs)],
      ],
    }),
  answer: (id, instance) =>
    encodeDubboResponse({ id, value: encodeHessian("v4", [`hello from ${instance}`]), attachments: [[instanceHeader, instance]] }),
};
