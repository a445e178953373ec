/** How a body is serialized: the low five bits of a frame's flags (Dubbo `Constants`). Other values pass through. */
export const DubboSerialization = {
  Hessian2: 2,
  Java: 3,
  CompactedJava: 4,
  Fastjson: 6,
  NativeJava: 7,
  Kryo: 8,
  Fst: 9,
  NativeHessian: 10,
  Avro: 11,
  Protostuff: 12,
  Gson: 16,
  Jackson: 18,
  ProtobufJson: 21,
  Protobuf: 22,
  Fastjson2: 23,
  Kryo2: 25,
  Msgpack: 27,
  Fury: 28,
} as const;

export type DubboSerialization = (typeof DubboSerialization)[keyof typeof DubboSerialization];

/** Status of a response (Dubbo `Response`). */
export const DubboStatus = {
  Ok: 20,
  SerializationError: 25,
  ClientTimeout: 30,
  ServerTimeout: 31,
  ChannelInactive: 35,
  BadRequest: 40,
  BadResponse: 50,
  ServiceNotFound: 60,
  ServiceError: 70,
  ServerError: 80,
  ClientError: 90,
  ServerThreadpoolExhausted: 100,
} as const;

export type DubboStatus = (typeof DubboStatus)[keyof typeof DubboStatus];

/** What the body of a response of status 20 begins with (Dubbo `DubboCodec`). */
export const DubboReply = {
  Exception: 0,
  Value: 1,
  Null: 2,
  ExceptionWithAttachments: 3,
  ValueWithAttachments: 4,
  NullWithAttachments: 5,
} as const;

export type DubboReply = (typeof DubboReply)[keyof typeof DubboReply];

/** Why an `RpcException` was thrown (Dubbo `RpcException`). Code 3 alone keeps Dubbo from trying again. */
export const RpcExceptionCode = {
  Unknown: 0,
  Network: 1,
  Timeout: 2,
  Biz: 3,
  Forbidden: 4,
  Serialization: 5,
  NoInvokerAvailableAfterFilter: 6,
  LimitExceeded: 7,
  TimeoutTerminate: 8,
  Registry: 9,
  RouterCacheNotBuilt: 10,
  MethodNotFound: 11,
  Validation: 12,
  Authorization: 13,
} as const;

export type RpcExceptionCode = (typeof RpcExceptionCode)[keyof typeof RpcExceptionCode];

export const rpcExceptionClass = "org.apache.dubbo.rpc.RpcException";
/** The same before Dubbo went to Apache (2.6). */
export const alibabaRpcExceptionClass = "com.alibaba.dubbo.rpc.RpcException";

/** The protocol's version, with which every request begins since 2.6.3. */
export const protocolVersion = "2.0.2";

export const magicHigh = 0xda;
export const magicLow = 0xbb;
/** Magic, flags, status, id, length of the body. */
export const headerBytes = 16;

export const flagRequest = 0x80;
export const flagTwoWay = 0x40;
export const flagEvent = 0x20;
export const serializationMask = 0x1f;

/** The largest body that Java takes (`payload`). */
export const defaultPayloadBytes: number = 8 * 1024 * 1024;

/** What Dubbo writes where a service has no version. */
export const noVersion = "0.0.0";
