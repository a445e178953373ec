/** Status of a response (SOFABolt `ResponseStatus`). Only these may be sent: a Java peer closes the connection at any other. */
export const BoltStatus = {
  Success: 0,
  Error: 1,
  ServerException: 2,
  Unknown: 3,
  ServerThreadPoolBusy: 4,
  ErrorComm: 5,
  NoProcessor: 6,
  Timeout: 7,
  ClientSendError: 8,
  CodecException: 9,
  ConnectionClosed: 0x10,
  ServerSerialException: 0x11,
  ServerDeserialException: 0x12,
} as const;

export type BoltStatus = (typeof BoltStatus)[keyof typeof BoltStatus];

/** How the content is serialized (SOFARPC `RemotingConstants`). Other values pass through. */
export const BoltCodecId = {
  Hessian: 1,
  Java: 2,
  Protobuf: 11,
  Json: 12,
  Msgpack: 13,
  Protostuff: 14,
  Fury: 22,
  Fory: 23,
} as const;

export type BoltCodecId = (typeof BoltCodecId)[keyof typeof BoltCodecId];

/** Classes that SOFARPC names in its frames. */
export const sofaRequestClass = "com.alipay.sofa.rpc.core.request.SofaRequest";
export const sofaResponseClass = "com.alipay.sofa.rpc.core.response.SofaResponse";

/** Names of SOFARPC's headers that a mesh looks at (SOFARPC `RemotingConstants`). */
export const SofaHeader = {
  /** The service, `interface:version[:uniqueId]`; what a provider goes by. */
  Service: "service",
  /** The same; used where `service` is missing. */
  TargetService: "sofa_head_target_service",
  Method: "sofa_head_method_name",
  /** `true` on a response of status 0 whose call failed in the application or in SOFARPC itself. */
  ResponseError: "sofa_head_response_error",
} as const;

/** The largest class name or header map: their lengths are signed 16-bit integers to Java. */
export const maxInt16 = 0x7fff;

/** Protocol codes: the first byte of a frame. */
export const protocolV1 = 1;
export const protocolV2 = 2;

/** The second byte of a v2 frame says whether its switches count; only then may the frame have a checksum. */
export const v2WithoutSwitches = 1;
export const v2WithSwitches = 2;
/** The bit of a v2 frame's switches that announces a checksum. */
export const checksumSwitch = 1;
export const checksumBytes = 4;

/** The version of commands, on every frame. */
export const commandVersion = 1;

export const typeResponse = 0;
export const typeRequest = 1;
export const typeOneWay = 2;

export const commandHeartbeat = 0;
export const commandRequest = 1;
export const commandResponse = 2;
/** Known to meshes only; a Java peer closes the connection at it. */
export const commandGoAway = 100;

/** The largest fixed part of a frame: that of a v2 request. */
export const maxFixedBytes = 24;
/** The bytes of class, header and content lengths, which end the fixed part of every frame. */
export const lengthsBytes = 8;
