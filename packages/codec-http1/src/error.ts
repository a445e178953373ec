import { CodecError, CodecErrorCode } from "@mesh/codec";

const { Malformed, LimitExceeded, Unsupported, Truncated, Unencodable } = CodecErrorCode;

/** Why a message was refused, finer than the error's code. Stable: statistics and tests compare it. */
export type Http1Fault =
  | "bare-cr"
  | "bare-lf"
  | "leading-line"
  | "invalid-method"
  | "invalid-target"
  | "invalid-version"
  | "unsupported-version"
  | "invalid-status"
  | "start-line-too-long"
  | "header-bytes"
  | "header-count"
  | "trailer-bytes"
  | "empty-name"
  | "invalid-name"
  | "space-before-colon"
  | "folded-line"
  | "invalid-value"
  | "missing-host"
  | "repeated-host"
  | "invalid-host"
  | "length-and-transfer-encoding"
  | "repeated-length"
  | "invalid-length"
  | "invalid-transfer-encoding"
  | "unsupported-transfer-encoding"
  | "transfer-encoding-in-http10"
  | "body-not-allowed"
  | "invalid-chunk-size"
  | "invalid-chunk-extension"
  | "chunk-extension-bytes"
  | "invalid-chunk-end"
  | "forbidden-trailer"
  | "unsolicited-response"
  | "unsolicited-upgrade"
  | "truncated"
  | "unencodable-name"
  | "unencodable-value"
  | "unencodable-start-line"
  | "unencodable-framing";

/** The error code, the status that a server answers with (RFC 9110 §15.5, §15.6), and what is wrong. */
const faults: Readonly<Record<Http1Fault, readonly [CodecErrorCode, number, string]>> = {
  "bare-cr": [Malformed, 400, "a CR is not followed by LF (RFC 9112 §2.2)"],
  "bare-lf": [Malformed, 400, "a line ends with LF alone (RFC 9112 §2.2)"],
  "leading-line": [Malformed, 400, "too many empty lines before the start line (RFC 9112 §2.2)"],
  "invalid-method": [Malformed, 400, "the method is not a token (RFC 9110 §9.1)"],
  "invalid-target": [Malformed, 400, "the request target has a form or a character that is not allowed (RFC 9112 §3.2)"],
  "invalid-version": [Malformed, 400, "the start line does not carry HTTP/1.0 or HTTP/1.1 (RFC 9112 §2.3)"],
  "unsupported-version": [Unsupported, 505, "only HTTP/1.0 and HTTP/1.1 are spoken"],
  "invalid-status": [Malformed, 400, "the status line is malformed (RFC 9112 §4)"],
  "start-line-too-long": [LimitExceeded, 414, "the start line is over its limit"],
  "header-bytes": [LimitExceeded, 431, "the header section is over its limit of bytes"],
  "header-count": [LimitExceeded, 431, "the header section is over its limit of fields"],
  "trailer-bytes": [LimitExceeded, 431, "the trailer section is over its limit of bytes"],
  "empty-name": [Malformed, 400, "a field has no name (RFC 9112 §5)"],
  "invalid-name": [Malformed, 400, "a field name has a character that no token has (RFC 9110 §5.1)"],
  "space-before-colon": [Malformed, 400, "white space stands before the colon of a field (RFC 9112 §5.1)"],
  "folded-line": [Malformed, 400, "a field line is folded, or begins with white space (RFC 9112 §5.2)"],
  "invalid-value": [Malformed, 400, "a field value has a control character (RFC 9110 §5.5)"],
  "missing-host": [Malformed, 400, "an HTTP/1.1 request has no Host (RFC 9112 §3.2)"],
  "repeated-host": [Malformed, 400, "a request has more than one Host (RFC 9112 §3.2)"],
  "invalid-host": [Malformed, 400, "the authority is not host[:port] (RFC 9110 §7.2)"],
  "length-and-transfer-encoding": [Malformed, 400, "Content-Length and Transfer-Encoding stand together (RFC 9112 §6.3)"],
  "repeated-length": [Malformed, 400, "Content-Length is repeated or a list (RFC 9112 §6.3)"],
  "invalid-length": [Malformed, 400, "Content-Length is not a decimal number below 2^53 (RFC 9110 §8.6)"],
  "invalid-transfer-encoding": [Malformed, 400, "Transfer-Encoding is not exactly `chunked` (RFC 9112 §6.1)"],
  "unsupported-transfer-encoding": [Unsupported, 501, "a transfer coding other than `chunked` is not spoken (RFC 9112 §6.1)"],
  "transfer-encoding-in-http10": [Malformed, 400, "an HTTP/1.0 message has Transfer-Encoding (RFC 9112 §6.1)"],
  "body-not-allowed": [Malformed, 400, "a message that has no body declares one (RFC 9110 §8.6, §9.3.6; RFC 9112 §6.1)"],
  "invalid-chunk-size": [Malformed, 400, "a chunk size is not a hexadecimal number below 2^53 (RFC 9112 §7.1)"],
  "invalid-chunk-extension": [Malformed, 400, "a chunk extension has a control character (RFC 9112 §7.1.1)"],
  "chunk-extension-bytes": [LimitExceeded, 400, "a chunk extension is over its limit"],
  "invalid-chunk-end": [Malformed, 400, "the data of a chunk is not followed by CRLF (RFC 9112 §7.1)"],
  "forbidden-trailer": [Malformed, 400, "a trailer carries a field of framing or routing (RFC 9110 §6.5.1)"],
  "unsolicited-response": [Malformed, 400, "a response came that no request asked for"],
  "unsolicited-upgrade": [Malformed, 400, "the peer switched protocols without being asked (RFC 9110 §15.2.2)"],
  truncated: [Truncated, 400, "the connection ended inside a message (RFC 9112 §8)"],
  "unencodable-name": [Unencodable, 500, "a field name is not a token"],
  "unencodable-value": [Unencodable, 500, "a field value has a control character"],
  "unencodable-start-line": [Unencodable, 500, "a part of the start line has a character that is not allowed there"],
  "unencodable-framing": [
    Unencodable,
    500,
    "a length is not a whole number below 2^53, a chunk is empty, or the body of a request would end with the connection",
  ],
};

/** What is wrong with an HTTP/1 message. */
export class Http1Error extends CodecError {
  readonly fault: Http1Fault;
  /** What a server answers the sender of a bad request; 502 where the bad message was a response. */
  readonly httpStatus: number;

  /** @param subject what the fault was found in, where the offset does not say it */
  constructor(fault: Http1Fault, offset: number, isResponse = false, subject?: string) {
    const [code, status, message] = faults[fault];
    super(code, subject === undefined ? message : `${message}: ${subject}`, offset);
    this.name = "Http1Error";
    this.fault = fault;
    this.httpStatus = isResponse ? 502 : status;
  }
}

/** What cannot be written. The subject is shown in quotes, so that its control characters do no harm in a log. */
export function unencodable(fault: Http1Fault, subject: string): Http1Error {
  return new Http1Error(fault, 0, false, JSON.stringify(subject));
}

/**
 * The status of the answer that a proxy gives before it closes: 400, 414, 431, 501 or 505 for a bad request, 502 for a bad response, 500 for
 * a message that cannot be written.
 */
export function httpStatusOf(error: CodecError): number {
  if ("httpStatus" in error && typeof error.httpStatus === "number") return error.httpStatus;
  switch (error.code) {
    case LimitExceeded:
      return 431;
    case Unencodable:
      return 500;
    default:
      return 400;
  }
}

/** Which rule a message broke, or `undefined` where the error is not of this codec. */
export function faultOf(error: CodecError): Http1Fault | undefined {
  return error instanceof Http1Error ? error.fault : undefined;
}
