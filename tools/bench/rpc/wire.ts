/**
 * What the load generator and the back end say on the wire. Frames are made once and copied, with other ids: neither shares code with the
 * codecs that are measured.
 */
export interface Wire {
  /** A request whose argument has so many bytes. */
  makeRequest(bodyBytes: number): Buffer;
  /** A response whose result has so many bytes. */
  makeResponse(bodyBytes: number): Buffer;
  /** Where a frame has the (lower) 32 bits of its id. */
  readonly idOffset: number;
  /** Bytes of a frame that tell its length. */
  readonly requestHead: number;
  readonly responseHead: number;
  /** The length of the frame at `offset`, whose head is there. */
  requestLength(data: Buffer, offset: number): number;
  responseLength(data: Buffer, offset: number): number;
  isSuccess(data: Buffer, offset: number): boolean;
}

const service = "com.alipay.test.TestService";

const bolt: Wire = {
  idOffset: 5,
  requestHead: 22,
  responseHead: 20,
  requestLength: (data, offset) => 22 + data.readUInt16BE(offset + 14) + data.readUInt16BE(offset + 16) + data.readUInt32BE(offset + 18),
  responseLength: (data, offset) => 20 + data.readUInt16BE(offset + 12) + data.readUInt16BE(offset + 14) + data.readUInt32BE(offset + 16),
  isSuccess: (data, offset) => data.readInt16BE(offset + 10) === 0,
  makeRequest: (bodyBytes) => {
    const entry = (text: string): Buffer => {
      const bytes = Buffer.alloc(4 + Buffer.byteLength(text));
      bytes.writeInt32BE(bytes.length - 4);
      bytes.write(text, 4);
      return bytes;
    };
    const className = Buffer.from("com.alipay.sofa.rpc.core.request.SofaRequest");
    const headers = Buffer.concat(
      [
        ["sofa_head_target_service", `${service}:1.0`],
        ["sofa_head_method_name", "echo"],
        ["rpc_trace_context.sofaTraceId", "0a0fe81234567890abcdef"],
      ].flatMap(([key = "", value = ""]) => [entry(key), entry(value)]),
    );
    const head = Buffer.alloc(22);
    head[0] = 1;
    head[1] = 1;
    head.writeInt16BE(1, 2);
    head[4] = 1;
    head[9] = 1;
    head.writeInt32BE(3000, 10);
    head.writeInt16BE(className.length, 14);
    head.writeInt16BE(headers.length, 16);
    head.writeInt32BE(bodyBytes, 18);
    return Buffer.concat([head, className, headers, Buffer.alloc(bodyBytes, 97)]);
  },
  makeResponse: (bodyBytes) => {
    const className = Buffer.from("com.alipay.sofa.rpc.core.response.SofaResponse");
    const frame = Buffer.alloc(20 + className.length + bodyBytes, 97);
    frame.fill(0, 0, 20);
    frame[0] = 1;
    frame.writeInt16BE(2, 2);
    frame[4] = 1;
    frame[9] = 1;
    frame.writeInt16BE(className.length, 12);
    frame.writeInt32BE(bodyBytes, 16);
    className.copy(frame, 20);
    return frame;
  },
};

/** A string of ASCII in Hessian 2.0. */
function hessianString(text: string): Buffer {
  const { length } = text;
  const head = length < 32 ? [length] : length < 1024 ? [0x30 + (length >> 8), length & 0xff] : [0x53, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), Buffer.from(text, "latin1")]);
}

function hessianMap(entries: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(entries).flatMap(([key, value]) => [hessianString(key), hessianString(value)]);
  return Buffer.concat([Buffer.from("H"), ...parts, Buffer.from("Z")]);
}

function dubboFrame(flags: number, status: number, body: Buffer): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt16BE(0xdabb);
  head[2] = flags;
  head[3] = status;
  head.writeInt32BE(body.length, 12);
  return Buffer.concat([head, body]);
}

const dubboLength = (data: Buffer, offset: number): number => 16 + data.readUInt32BE(offset + 12);

/** As Dubbo 2.7 writes it, with what it always puts into the attachments, and more. */
const dubbo = (attachments: Readonly<Record<string, string>>): Wire => ({
  idOffset: 8,
  requestHead: 16,
  responseHead: 16,
  requestLength: dubboLength,
  responseLength: dubboLength,
  isSuccess: (data, offset) => data[offset + 3] === 20,
  makeRequest: (bodyBytes) => {
    const strings = ["2.0.2", service, "1.0.0", "echo", "Ljava/lang/String;", "a".repeat(bodyBytes)].map(hessianString);
    const map = hessianMap({ path: service, interface: service, version: "1.0.0", ...attachments });
    return dubboFrame(0xc2, 0, Buffer.concat([...strings, map]));
  },
  makeResponse: (bodyBytes) => {
    // A value, with attachments.
    const body = Buffer.concat([Buffer.from([0x94]), hessianString("a".repeat(bodyBytes)), hessianMap({ dubbo: "2.0.2" })]);
    return dubboFrame(2, 20, body);
  },
});

const wires: Readonly<Record<string, Wire>> = {
  bolt,
  dubbo: dubbo({}),
  /** What routes, timeouts and policies may ask for. */
  "dubbo-attachments": dubbo({ group: "blue", timeout: "3000", "remote.application": "bench", tag: "gray" }),
};

/** Throws where there is none of that name. */
export function wireOf(name: string): Wire {
  const wire = wires[name];
  if (wire === undefined) throw new Error(`there is no protocol ${name}: there are ${Object.keys(wires).join(", ")}`);
  return wire;
}
