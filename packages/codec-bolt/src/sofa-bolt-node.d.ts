/** The little of Ant's Bolt for Node that the tests use as an oracle. */
declare module "sofa-bolt-node" {
  import type { Transform, Writable } from "node:stream";

  interface Options {
    readonly protocolType: "bolt" | "bolt2";
    readonly codecType: "hessian2";
    readonly boltVersion?: number;
    readonly crcEnable?: boolean;
  }

  interface Request {
    readonly serverSignature: string;
    readonly methodName: string;
    readonly args: readonly unknown[];
    readonly timeout: number;
    readonly targetAppName: string;
    readonly requestProps: null;
    readonly methodArgSigs: readonly string[];
    readonly oneway?: boolean;
  }

  interface Encoder extends Transform {
    protocolType: string;
    boltVersion: number;
    crcEnable: boolean;
    writeRequest(id: number, request: Request): void;
    writeResponse(
      request: { packetId: number; options: Options; meta: { start: number } },
      response: { isError: boolean; errorMsg: string | null; appResponse: unknown },
    ): void;
    writeHeartbeat(id: number, heartbeat: { timeout: number }): void;
    writeHeartbeatAck(heartbeat: { packetId: number; options: Options }): void;
  }

  const bolt: {
    encoder(options: object): Encoder;
    decoder(options: { sentReqs: Map<number, object> }): Writable;
  };
  export default bolt;
}
