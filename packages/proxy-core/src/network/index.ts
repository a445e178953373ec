/** Connections: batched writes, watermarks, closing. */
export { formatAddress, parseIpAndPort, readAddress } from "./address.ts";
export type { SocketAddress } from "./address.ts";
export { ChunkPool } from "./chunk-pool.ts";
export { connectionErrorText, connectTimeoutText } from "./connect-error.ts";
export { connect } from "./connect.ts";
export type { ConnectOptions, UpstreamConnectionHandler } from "./connect.ts";
export { Connection, highWaterMarkOf, socketHighWaterMark } from "./connection.ts";
export type { CloseReason, ConnectionHandler, ConnectionOptions, NetworkContext } from "./connection.ts";
export { sourceFor } from "./source-address.ts";
export type { SourceAddress } from "./source-address.ts";
export { WriteBatch } from "./write-batch.ts";
export type { Flushable } from "./write-batch.ts";
export { compileCidr } from "./cidr.ts";
export type { CidrRange } from "./cidr.ts";
export { removeStaleSocket } from "./unix-socket.ts";
