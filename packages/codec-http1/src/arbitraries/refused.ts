import { CodecErrorCode } from "@mesh/codec";
import type { RefusedBytes } from "@mesh/codec/compliance";
import type { Http1Fault } from "../error.ts";

export interface RefusedMessage extends RefusedBytes {
  readonly fault: Http1Fault;
  /** The status that a proxy answers a client with, before it closes. */
  readonly httpStatus: number;
  /** The rule that the message breaks, and where the public knows it from. */
  readonly source: string;
}

type Row = readonly [name: string, fault: Http1Fault, source: string, text: string, status?: number];

const { Malformed, LimitExceeded, Unsupported } = CodecErrorCode;

const otherCodes: ReadonlyMap<Http1Fault, CodecErrorCode> = new Map<Http1Fault, CodecErrorCode>([
  ["unsupported-version", Unsupported],
  ["unsupported-transfer-encoding", Unsupported],
  ["start-line-too-long", LimitExceeded],
  ["header-bytes", LimitExceeded],
  ["header-count", LimitExceeded],
  ["trailer-bytes", LimitExceeded],
  ["chunk-extension-bytes", LimitExceeded],
]);

function refused([name, fault, source, text, httpStatus = 400]: Row): RefusedMessage {
  return { name, fault, source, httpStatus, code: otherCodes.get(fault) ?? Malformed, bytes: Buffer.from(text, "latin1") };
}

const GET = "GET / HTTP/1.1\r\n";
const POST = "POST / HTTP/1.1\r\n";
const HOST = "Host: a\r\n";

/** A POST with these fields, and then what a victim's request would begin with. */
const post = (fields: string): string => `${POST}${HOST}${fields}\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\nX: `;
const get = (fields: string): string => `${GET}${HOST}${fields}\r\n\r\n`;
const chunked = (body: string): string => `${POST}${HOST}Transfer-Encoding: chunked\r\n\r\n${body}`;
const target = (text: string, method = "GET"): string => `${method} ${text} HTTP/1.1\r\n${HOST}\r\n`;
const host = (value: string): string => `${GET}Host: ${value}\r\n\r\n`;
const line = (text: string): string => `${text}\r\n${HOST}\r\n`;

const lengthRows: readonly Row[] = [
  [
    "Content-Length before Transfer-Encoding",
    "length-and-transfer-encoding",
    "RFC 9112 §6.3; CL.TE (PortSwigger 2019)",
    post("Content-Length: 6\r\nTransfer-Encoding: chunked"),
  ],
  [
    "Transfer-Encoding before Content-Length",
    "length-and-transfer-encoding",
    "RFC 9112 §6.3; TE.CL (PortSwigger 2019)",
    post("Transfer-Encoding: chunked\r\nContent-Length: 4"),
  ],
  [
    "Content-Length 0 with Transfer-Encoding",
    "length-and-transfer-encoding",
    "RFC 9112 §6.3; CL.0",
    post("Content-Length: 0\r\nTransfer-Encoding: chunked"),
  ],
  ["two different lengths", "repeated-length", "RFC 9112 §6.3; CL.CL (Watchfire 2005)", post("Content-Length: 5\r\nContent-Length: 6")],
  ["two equal lengths", "repeated-length", "RFC 9112 §6.3; CVE-2015-5740", post("Content-Length: 5\r\nContent-Length: 5")],
  ["two lengths in other cases", "repeated-length", "RFC 9110 §5.1; CVE-2019-20445", post("Content-Length: 5\r\nCONTENT-LENGTH: 5")],
  ["a list of equal lengths", "repeated-length", "RFC 9110 §8.6", post("Content-Length: 5, 5")],
  ["a list of different lengths", "repeated-length", "RFC 9110 §8.6", post("Content-Length: 5,6")],
  ["a length with a plus sign", "invalid-length", "RFC 9110 §8.6; CVE-2022-24761", post("Content-Length: +5")],
  ["a negative length", "invalid-length", "RFC 9110 §8.6", post("Content-Length: -5")],
  ["a hexadecimal length", "invalid-length", "RFC 9110 §8.6", post("Content-Length: 0x5")],
  ["a length with an exponent", "invalid-length", "RFC 9110 §8.6", post("Content-Length: 5e0")],
  ["a length with a fraction", "invalid-length", "RFC 9110 §8.6", post("Content-Length: 5.0")],
  ["a length with an underscore", "invalid-length", "RFC 9110 §8.6; CVE-2022-24761", post("Content-Length: 1_0")],
  ["a length with a space inside", "invalid-length", "RFC 9110 §8.6", post("Content-Length: 5 6")],
  ["a length in quotes", "invalid-length", "RFC 9110 §8.6", post('Content-Length: "5"')],
  ["a length with a parameter", "invalid-length", "RFC 9110 §8.6", post("Content-Length: 5;a=b")],
  ["an empty length", "invalid-length", "RFC 9110 §8.6; CVE-2023-40225", post("Content-Length:")],
  ["a length of 2^53", "invalid-length", "RFC 9110 §8.6, overflow", post("Content-Length: 9007199254740992")],
  ["a length over 64 bits", "invalid-length", "RFC 9110 §8.6, overflow", post("Content-Length: 18446744073709551621")],
  ["a length in Arabic digits", "invalid-length", "RFC 9110 §8.6", post("Content-Length: \xd9\xa5")],
  ["a length of many zeros and a letter", "invalid-length", "RFC 9110 §8.6", post("Content-Length: 0000000000000000000000x")],
];

const codingRows: readonly Row[] = [
  ["identity", "invalid-transfer-encoding", "RFC 9112 §6.1; TE.TE", post("Transfer-Encoding: identity")],
  ["chunked, identity", "invalid-transfer-encoding", "RFC 9112 §6.1; CVE-2024-1135", post("Transfer-Encoding: chunked, identity")],
  ["identity, chunked", "invalid-transfer-encoding", "RFC 9112 §7", post("Transfer-Encoding: identity, chunked")],
  ["chunked twice in a list", "invalid-transfer-encoding", "RFC 9112 §7.1", post("Transfer-Encoding: chunked, chunked")],
  [
    "chunked twice in two fields",
    "invalid-transfer-encoding",
    "RFC 9112 §6.1; CVE-2020-8287",
    post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
  ],
  [
    "chunked and another coding in two fields",
    "invalid-transfer-encoding",
    "TE.TE (PortSwigger 2019); CVE-2024-1135",
    post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x"),
  ],
  [
    "another coding and chunked in two fields",
    "invalid-transfer-encoding",
    "TE.TE (PortSwigger 2019)",
    post("Transfer-Encoding: cow\r\nTransfer-encoding: chunked"),
  ],
  ["xchunked", "invalid-transfer-encoding", "TE.TE (PortSwigger 2019)", post("Transfer-Encoding: xchunked")],
  ["chunkedx", "invalid-transfer-encoding", "CVE-2019-15605; CVE-2022-32213", post("Transfer-Encoding: chunkedx")],
  ["chunked with a parameter", "invalid-transfer-encoding", "RFC 9112 §7.1", post("Transfer-Encoding: chunked;q=1")],
  ["chunked in quotes", "invalid-transfer-encoding", "RFC 9112 §6.1", post('Transfer-Encoding: "chunked"')],
  ["chunked in single quotes", "invalid-transfer-encoding", "TE.TE", post("Transfer-Encoding: 'chunked'")],
  ["chunked after a comma", "invalid-transfer-encoding", "RFC 9110 §5.6.1", post("Transfer-Encoding: , chunked")],
  ["chunked before a comma", "invalid-transfer-encoding", "CVE-2022-32213", post("Transfer-Encoding: chunked,")],
  ["chunked and a word without comma", "invalid-transfer-encoding", "CVE-2022-1705", post("Transfer-Encoding: x chunked")],
  ["no coding at all", "invalid-transfer-encoding", "CVE-2019-18277", post("Transfer-Encoding:")],
  ["gzip alone", "invalid-transfer-encoding", "RFC 9112 §6.3", post("Transfer-Encoding: gzip")],
  ["chunked before gzip", "invalid-transfer-encoding", "RFC 9112 §6.3", post("Transfer-Encoding: chunked, gzip")],
  ["gzip and chunked", "unsupported-transfer-encoding", "RFC 9112 §6.1", post("Transfer-Encoding: gzip, chunked"), 501],
  ["a vertical tab before chunked", "invalid-value", "TE.TE; CVE-2019-16789", post("Transfer-Encoding: \x0bchunked")],
  ["a form feed before chunked", "invalid-value", "CVE-2019-16789", post("Transfer-Encoding: \x0cchunked")],
  ["a NUL after chunked", "invalid-value", "RFC 9110 §5.5", post("Transfer-Encoding: chunked\0")],
  ["a no-break space before chunked", "invalid-transfer-encoding", "TE.TE (defparam/smuggler)", post("Transfer-Encoding: \xa0chunked")],
  ["a high byte after chunked", "invalid-transfer-encoding", "TE.TE (defparam/smuggler)", post("Transfer-Encoding: chunked\xff")],
  ["chunked on a folded line", "folded-line", "RFC 9112 §5.2; CVE-2022-32215", post("Transfer-Encoding:\r\n chunked")],
  ["chunked, folded with a tab", "folded-line", "RFC 9112 §5.2; CVE-2022-32215", post("Transfer-Encoding:\r\n\tchunked")],
  ["chunked in HTTP/1.0", "transfer-encoding-in-http10", "RFC 9112 §6.1", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
];

const fieldRows: readonly Row[] = [
  ["a space before the colon", "space-before-colon", "RFC 9112 §5.1; CVE-2019-16869; CVE-2021-22959", post("Transfer-Encoding : chunked")],
  ["a tab before the colon", "space-before-colon", "RFC 9112 §5.1", post("Content-Length\t: 5")],
  ["a space inside a name", "space-before-colon", "CVE-2015-5739", post("Content Length: 5")],
  ["a folded line", "folded-line", "RFC 9112 §5.2", get("X: a\r\n b")],
  ["a folded line of white space", "folded-line", "RFC 9112 §5.2", get("X: a\r\n ")],
  ["a space before the first field", "folded-line", "RFC 9112 §2.2; CVE-2024-27982", `${POST} Content-Length: 5\r\n${HOST}\r\nhello`],
  ["a space before a later field", "folded-line", "CVE-2024-27982", post("X: y\r\n Transfer-Encoding: chunked")],
  ["LF after a field", "bare-lf", "RFC 9112 §2.2; CVE-2022-32214", get("X: y\nContent-Length: 5")],
  ["LF after a name", "bare-lf", "RFC 9112 §2.2", get("X\nY: z")],
  ["LF after the colon", "bare-lf", "RFC 9112 §2.2", get("X:\nY: z")],
  ["LF in place of the empty line", "bare-lf", "RFC 9112 §2.2; CVE-2022-35256", `${GET}Host: a\r\n\nX`],
  ["CR after a field", "bare-cr", "RFC 9112 §2.2; CVE-2023-30589", get("X: y\rContent-Length: 5")],
  ["CR before the line's end", "bare-cr", "RFC 9112 §2.2", get("X: y\r")],
  ["CR after the colon", "bare-cr", "CVE-2023-30589", post("X:\rTransfer-Encoding: chunked")],
  ["CR in a name", "invalid-name", "RFC 9110 §5.1", get("X\rY: z")],
  ["CR in place of the empty line", "bare-cr", "RFC 9112 §2.2", `${GET}Host: a\r\n\rX`],
  ["a field without colon", "invalid-name", "RFC 9112 §5; CVE-2019-20444", get("Content-Length")],
  ["a field without name", "empty-name", "RFC 9110 §5.1; CVE-2023-25725", get(": y")],
  ["a NUL in a name", "invalid-name", "RFC 9110 §5.1", get("X\0Y: z")],
  ["a high byte in a name", "invalid-name", "RFC 9110 §5.1", get("X\xe9: z")],
  ["a parenthesis in a name", "invalid-name", "RFC 9110 §5.6.2", get("X(): z")],
  ["a vertical tab before the colon", "invalid-name", "TE.TE", post("Transfer-Encoding\x0b: chunked")],
  ["a slash in a name", "invalid-name", "RFC 9110 §5.6.2", get("X/Y: z")],
  ["a NUL in a value", "invalid-value", "RFC 9110 §5.5", get("X: a\0b")],
  ["a control character in a value", "invalid-value", "RFC 9110 §5.5", get("X: a\x01b")],
  ["DEL in a value", "invalid-value", "RFC 9110 §5.5", get("X: a\x7fb")],
  ["an escape in a value", "invalid-value", "RFC 9110 §5.5", get("X: a\x1b[2J")],
  ["a byte order mark before the first field", "invalid-name", "RFC 9110 §5.1", `${GET}\xef\xbb\xbfHost: a\r\n\r\n`],
];

const hostRows: readonly Row[] = [
  ["no Host", "missing-host", "RFC 9112 §3.2", `${GET}\r\n`],
  ["no Host with an absolute form", "missing-host", "RFC 9112 §3.2", "GET http://a/ HTTP/1.1\r\n\r\n"],
  ["two Hosts", "repeated-host", "RFC 9112 §3.2; Host of Troubles (2016)", `${GET}Host: a\r\nHost: b\r\n\r\n`],
  ["two equal Hosts", "repeated-host", "RFC 9112 §3.2", `${GET}Host: a\r\nhost: a\r\n\r\n`],
  ["two Hosts in HTTP/1.0", "repeated-host", "Host of Troubles (2016)", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"],
  ["a list of hosts", "invalid-host", "RFC 9110 §7.2; Host of Troubles (2016)", host("a, b")],
  ["a list of hosts without space", "invalid-host", "Host of Troubles (2016)", host("a,b")],
  ["a Host with a path", "invalid-host", "RFC 9110 §7.2", host("a/b")],
  ["a Host with a backslash", "invalid-host", "RFC 9110 §7.2", host("a\\b")],
  ["a Host with user information", "invalid-host", "RFC 9110 §4.2.4", host("user@a")],
  ["a Host with a query", "invalid-host", "RFC 9110 §7.2", host("a?b")],
  ["a Host with a fragment", "invalid-host", "RFC 9110 §7.2", host("a#b")],
  ["a Host with a space", "invalid-host", "RFC 9110 §7.2", host("a b")],
  ["a Host with markup", "invalid-host", "RFC 9110 §7.2", host("<a>")],
  ["a Host with a high byte", "invalid-host", "RFC 3986 §3.2.2", host("caf\xe9")],
  ["a Host with a scheme", "invalid-host", "RFC 9110 §7.2", host("http://a")],
  ["a Host with a port that is no number", "invalid-host", "RFC 3986 §3.2.3", host("a:b")],
  ["a Host with a port over 65535", "invalid-host", "RFC 3986 §3.2.3", host("a:65536")],
  ["a Host with two ports", "invalid-host", "RFC 3986 §3.2.3", host("a:1:2")],
  ["a Host of a port alone", "invalid-host", "RFC 9110 §4.2.1", host(":80")],
  ["a Host with a bad percent-encoding", "invalid-host", "RFC 3986 §2.1", host("a%4")],
  ["a Host with an open bracket", "invalid-host", "RFC 3986 §3.2.2", host("[::1")],
  ["a Host with something after the bracket", "invalid-host", "RFC 3986 §3.2.2", host("[::1]a")],
  ["a Host with nothing in brackets", "invalid-host", "RFC 3986 §3.2.2", host("[]")],
  ["a Host with a name in brackets", "invalid-host", "RFC 3986 §3.2.2", host("[xyz]")],
];

const startLineRows: readonly Row[] = [
  ["a method with a separator", "invalid-method", "RFC 9110 §9.1", line("G@T / HTTP/1.1")],
  ["a method with a control character", "invalid-method", "RFC 9110 §9.1", line("GE\0T / HTTP/1.1")],
  ["a method with a colon", "invalid-method", "RFC 9110 §9.1", line("GET: / HTTP/1.1")],
  ["no method", "invalid-method", "RFC 9112 §3.1", line(" / HTTP/1.1")],
  ["a tab after the method", "invalid-method", "RFC 9112 §3", line("GET\t/ HTTP/1.1")],
  ["a TLS greeting", "invalid-method", "RFC 8446 §5.1", "\x16\x03\x01\x02\x00"],
  ["a method and nothing else", "invalid-method", "RFC 9112 §3", line("GET")],
  ["two spaces after the method", "invalid-target", "RFC 9112 §3", line("GET  / HTTP/1.1")],
  ["a space in the target", "invalid-version", "RFC 9112 §3.2", line("GET /a b HTTP/1.1")],
  ["two spaces after the target", "invalid-version", "RFC 9112 §3", line("GET /  HTTP/1.1")],
  ["a tab after the target", "invalid-target", "RFC 9112 §3", line("GET /\tHTTP/1.1")],
  ["a tab in the target", "invalid-target", "RFC 9112 §3.2", target("/a\tb")],
  ["a NUL in the target", "invalid-target", "RFC 9112 §3.2", target("/a\0b")],
  ["DEL in the target", "invalid-target", "RFC 9112 §3.2", target("/a\x7f")],
  ["a high byte in the target", "invalid-target", "RFC 3986 §2", target("/caf\xe9")],
  ["a fragment in the target", "invalid-target", "RFC 9112 §3.2; CVE-2023-45539", target("/a#b")],
  ["a relative path", "invalid-target", "RFC 9112 §3.2.1", target("a")],
  ["a query without path", "invalid-target", "RFC 9112 §3.2.1", target("?a")],
  ["a backslash before the path", "invalid-target", "RFC 9112 §3.2.1", target("\\a")],
  ["an authority for another method than CONNECT", "invalid-target", "RFC 9112 §3.2.3", target("a:80")],
  ["a path for CONNECT", "invalid-target", "RFC 9112 §3.2.3", target("/", "CONNECT")],
  ["an absolute form for CONNECT", "invalid-target", "RFC 9112 §3.2.3", target("http://a:80", "CONNECT")],
  ["CONNECT without port", "invalid-target", "RFC 9110 §9.3.6", target("a", "CONNECT")],
  ["CONNECT with an empty port", "invalid-target", "RFC 9110 §9.3.6", target("a:", "CONNECT")],
  ["an asterisk for another method than OPTIONS", "invalid-target", "RFC 9112 §3.2.4", target("*")],
  ["an asterisk and a path", "invalid-target", "RFC 9112 §3.2.4", target("*/a", "OPTIONS")],
  ["another scheme", "invalid-target", "RFC 9110 §7.1", target("ftp://a/")],
  ["an absolute form without authority", "invalid-target", "RFC 9110 §4.2.1", target("http:///a")],
  ["an absolute form with user information", "invalid-target", "RFC 9110 §4.2.4", target("http://user:word@a/")],
  ["an absolute form with a malformed port", "invalid-target", "RFC 3986 §3.2.3", target("http://a:99999/")],
  ["an absolute form with one slash", "invalid-target", "RFC 9112 §3.2.2", target("http:/a")],
  ["HTTP/0.9", "invalid-version", "RFC 9112 §2.3", "GET /\r\n"],
  ["HTTP in lower case", "invalid-version", "RFC 9112 §2.3", line("GET / http/1.1")],
  ["another protocol", "invalid-version", "RFC 9112 §2.3", line("GET / HTTQ/1.1")],
  ["a version of two digits", "invalid-version", "RFC 9112 §2.3", line("GET / HTTP/1.10")],
  ["a version without minor", "invalid-version", "RFC 9112 §2.3", line("GET / HTTP/1")],
  ["a version with a leading zero", "unsupported-version", "RFC 9112 §2.3", line("GET / HTTP/01.1"), 505],
  ["a space after the version", "invalid-version", "RFC 9112 §3", line("GET / HTTP/1.1 ")],
  ["a word after the version", "invalid-version", "RFC 9112 §3", line("GET / HTTP/1.1 X: y")],
  ["HTTP/1.2", "unsupported-version", "RFC 9112 §2.3", line("GET / HTTP/1.2"), 505],
  ["HTTP/2.0", "unsupported-version", "RFC 9110 §15.6.6", line("GET / HTTP/2.0"), 505],
  ["HTTP/0.9 by name", "unsupported-version", "RFC 9110 §15.6.6", line("GET / HTTP/0.9"), 505],
  ["the HTTP/2 preface", "unsupported-version", "RFC 9113 §3.4", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  ["LF after the request line", "bare-lf", "RFC 9112 §2.2", `GET / HTTP/1.1\n${HOST}\r\n`],
  ["CR after the request line", "bare-cr", "RFC 9112 §2.2", `GET / HTTP/1.1\r${HOST}\r\n`],
  ["LF after the target", "bare-lf", "RFC 9112 §2.2", "GET /\n\n"],
  ["LF before the request line", "bare-lf", "RFC 9112 §2.2", `\n${GET}${HOST}\r\n`],
  ["two empty lines before the request line", "leading-line", "RFC 9112 §2.2", `\r\n\r\n${GET}${HOST}\r\n`],
  ["CR before the request line", "bare-cr", "RFC 9112 §2.2", `\r${GET}${HOST}\r\n`],
  ["a CONNECT with a length", "body-not-allowed", "RFC 9110 §9.3.6", `CONNECT a:1 HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`],
  [
    "a chunked CONNECT",
    "body-not-allowed",
    "RFC 9110 §9.3.6",
    `CONNECT a:1 HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
];

const chunkRows: readonly Row[] = [
  ["an empty chunk size", "invalid-chunk-size", "RFC 9112 §7.1", chunked("\r\n0\r\n\r\n")],
  ["a chunk size with a prefix", "invalid-chunk-size", "RFC 9112 §7.1; CVE-2022-24761", chunked("0x5\r\nhello\r\n0\r\n\r\n")],
  ["a chunk size with a plus sign", "invalid-chunk-size", "RFC 9112 §7.1; CVE-2022-24761", chunked("+5\r\nhello\r\n0\r\n\r\n")],
  ["a negative chunk size", "invalid-chunk-size", "RFC 9112 §7.1", chunked("-1\r\n")],
  ["a chunk size with an underscore", "invalid-chunk-size", "RFC 9112 §7.1; CVE-2022-24761", chunked("0_5\r\nhello\r\n0\r\n\r\n")],
  ["a space before a chunk size", "invalid-chunk-size", "RFC 9112 §7.1", chunked(" 5\r\nhello\r\n0\r\n\r\n")],
  ["a space after a chunk size", "invalid-chunk-size", "RFC 9112 §7.1", chunked("5 \r\nhello\r\n0\r\n\r\n")],
  ["a letter in a chunk size", "invalid-chunk-size", "RFC 9112 §7.1", chunked("5g\r\nhello\r\n0\r\n\r\n")],
  ["a chunk size of 2^53", "invalid-chunk-size", "RFC 9112 §7.1, overflow", chunked("20000000000000\r\n")],
  ["a chunk size over 64 bits", "invalid-chunk-size", "RFC 9112 §7.1, overflow", chunked("10000000000000005\r\nhello\r\n")],
  ["a chunk size of too many zeros", "invalid-chunk-size", "RFC 9112 §7.1", chunked(`${"0".repeat(17)}\r\n\r\n`)],
  ["a chunk size in quotes", "invalid-chunk-size", "RFC 9112 §7.1", chunked('"5"\r\nhello\r\n')],
  ["LF after a chunk size", "bare-lf", "RFC 9112 §7.1; CVE-2025-22871", chunked("5\nhello\r\n0\r\n\r\n")],
  ["CR after a chunk size", "bare-cr", "RFC 9112 §7.1", chunked("5\rhello\r\n0\r\n\r\n")],
  ["LF in a chunk extension", "bare-lf", "TERM.EXT (Funky chunks 2025); CVE-2025-22871", chunked("5;a\nhello\r\n0\r\n\r\n")],
  ["CR in a chunk extension", "bare-cr", "Funky chunks (2025)", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n")],
  ["a NUL in a chunk extension", "invalid-chunk-extension", "RFC 9112 §7.1.1; CVE-2021-22960", chunked("5;a\0\r\nhello\r\n0\r\n\r\n")],
  ["a chunk extension without end", "chunk-extension-bytes", "RFC 9112 §7.1.1; CVE-2024-22019", chunked(`5;${"a".repeat(1024)}`)],
  ["a chunk extension of white space without end", "chunk-extension-bytes", "CVE-2024-22019", chunked(`5${" ".repeat(1025)}`)],
  ["chunk data longer than its size", "invalid-chunk-end", "RFC 9112 §7.1", chunked("5\r\nhello!\r\n0\r\n\r\n")],
  ["chunk data shorter than its size", "invalid-chunk-end", "RFC 9112 §7.1", chunked("5\r\nhell\r\n0\r\n\r\n")],
  ["LF after chunk data", "invalid-chunk-end", "RFC 9112 §7.1; spill (Funky chunks 2025)", chunked("5\r\nhello\n0\r\n\r\n")],
  ["CR after chunk data", "invalid-chunk-end", "RFC 9112 §7.1", chunked("5\r\nhello\r0\r\n\r\n")],
  ["no line end after chunk data", "invalid-chunk-end", "RFC 9112 §7.1", chunked("5\r\nhello0\r\n\r\n")],
  ["any two bytes after chunk data", "invalid-chunk-end", "two-byte terminators (Funky chunks 2025)", chunked("5\r\nhelloXX0\r\n\r\n")],
  ["LF after the last chunk", "bare-lf", "RFC 9112 §7.1", chunked("0\n\n")],
  ["LF in place of the trailers' end", "bare-lf", "RFC 9112 §7.1.2", chunked("0\r\n\nGET /admin HTTP/1.1\r\n")],
  ["a trailer that is no field", "invalid-name", "RFC 9112 §7.1.2", chunked("0\r\nadmin\r\n\r\n")],
  ["a request line among the trailers", "space-before-colon", "RFC 9112 §7.1.2", chunked("0\r\nGET /admin HTTP/1.1\r\n\r\n")],
  ["a folded trailer", "folded-line", "RFC 9112 §5.2", chunked("0\r\nX: a\r\n b\r\n\r\n")],
  ["LF after a trailer", "bare-lf", "RFC 9112 §2.2", chunked("0\r\nX: a\n\r\n")],
  ["CR after a trailer", "bare-cr", "RFC 9112 §2.2", chunked("0\r\nX: a\rY: b\r\n\r\n")],
  ["Content-Length among the trailers", "forbidden-trailer", "RFC 9110 §6.5.1; trailer merging", chunked("0\r\nContent-Length: 5\r\n\r\n")],
  [
    "Transfer-Encoding among the trailers",
    "forbidden-trailer",
    "RFC 9110 §6.5.1; trailer merging",
    chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n"),
  ],
  ["Host among the trailers", "forbidden-trailer", "RFC 9110 §6.5.1", chunked("0\r\nhost: b\r\n\r\n")],
  ["Connection among the trailers", "forbidden-trailer", "RFC 9110 §6.5.1", chunked("0\r\nConnection: close\r\n\r\n")],
];

const limitRows: readonly Row[] = [
  ["a target that is too long", "start-line-too-long", "RFC 9110 §15.5.15", target(`/${"a".repeat(16_384)}`), 414],
  ["a method that is too long", "start-line-too-long", "RFC 9112 §3", "A".repeat(16_384), 414],
  ["too many fields", "header-count", "RFC 6585 §5", `${GET}${HOST}${"a:b\r\n".repeat(100)}\r\n`, 431],
  ["a field that is too long", "header-bytes", "RFC 6585 §5", get(`X: ${"a".repeat(61_440)}`), 431],
  ["a name that is too long", "header-bytes", "RFC 6585 §5", get("a".repeat(61_440)), 431],
  [
    "fields that are too long together",
    "header-bytes",
    "RFC 6585 §5",
    get(Array.from({ length: 61 }, (_, i) => `X-${i}: ${"a".repeat(1000)}`).join("\r\n")),
    431,
  ],
  ["trailers that are too long", "trailer-bytes", "RFC 9112 §7.1.2", chunked(`0\r\nX: ${"a".repeat(16_384)}`), 431],
  ["too many trailers", "header-count", "RFC 9112 §7.1.2", chunked(`0\r\n${"a:b\r\n".repeat(101)}`), 431],
];

const OK = "HTTP/1.1 200 OK\r\n";
const response = (fields: string): string => `${OK}${fields}\r\n\r\n`;
const chunkedResponse = (body: string): string => `${OK}Transfer-Encoding: chunked\r\n\r\n${body}`;

const responseRows: readonly Row[] = [
  [
    "Content-Length and Transfer-Encoding",
    "length-and-transfer-encoding",
    "RFC 9112 §6.3; response smuggling",
    response("Content-Length: 5\r\nTransfer-Encoding: chunked"),
  ],
  ["two lengths", "repeated-length", "RFC 9112 §6.3; response splitting", response("Content-Length: 5\r\nContent-Length: 50")],
  ["a malformed length", "invalid-length", "RFC 9112 §6.3", response("Content-Length: 5a")],
  ["chunked, identity", "invalid-transfer-encoding", "RFC 9112 §6.3", response("Transfer-Encoding: chunked, identity")],
  ["gzip and chunked", "unsupported-transfer-encoding", "RFC 9112 §6.1", response("Transfer-Encoding: gzip, chunked")],
  ["chunked in HTTP/1.0", "transfer-encoding-in-http10", "RFC 9112 §6.1", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"],
  ["204 with a body", "body-not-allowed", "RFC 9110 §8.6", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"],
  [
    "204 with Transfer-Encoding",
    "body-not-allowed",
    "RFC 9112 §6.1",
    "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["100 with a body", "body-not-allowed", "RFC 9110 §8.6", "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello"],
  [
    "103 with Transfer-Encoding",
    "body-not-allowed",
    "RFC 9112 §6.1",
    "HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  [
    "101 that nobody asked for",
    "unsolicited-upgrade",
    "RFC 9110 §15.2.2",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
  ],
  ["a status of two digits", "invalid-status", "RFC 9112 §4", "HTTP/1.1 20 OK\r\n\r\n"],
  ["a status of four digits", "invalid-status", "RFC 9112 §4", "HTTP/1.1 2000 OK\r\n\r\n"],
  ["a status below 100", "invalid-status", "RFC 9110 §15", "HTTP/1.1 099 OK\r\n\r\n"],
  ["a status that is no number", "invalid-status", "RFC 9112 §4", "HTTP/1.1 2x0 OK\r\n\r\n"],
  ["no status", "invalid-status", "RFC 9112 §4", "HTTP/1.1\r\n\r\n"],
  ["two spaces before the status", "invalid-status", "RFC 9112 §4", "HTTP/1.1  200 OK\r\n\r\n"],
  ["a control character in the reason", "invalid-status", "RFC 9112 §4", "HTTP/1.1 200 O\0K\r\n\r\n"],
  ["HTTP/2 in a status line", "unsupported-version", "RFC 9112 §2.3", "HTTP/2.0 200 OK\r\n\r\n"],
  ["ICY", "invalid-version", "RFC 9112 §2.3", "ICY 200 OK\r\n\r\n"],
  ["an empty line before the status line", "invalid-version", "RFC 9112 §2.2", `\r\n${response("X: y")}`],
  ["LF after the status line", "bare-lf", "RFC 9112 §2.2", "HTTP/1.1 200 OK\nX: y\r\n\r\n"],
  ["CR in the reason", "bare-cr", "RFC 9112 §2.2", "HTTP/1.1 200 O\rK\r\n\r\n"],
  ["LF after a field", "bare-lf", "RFC 9112 §2.2", response("X: y\nContent-Length: 5")],
  ["CR after a field", "bare-cr", "RFC 9112 §2.2", response("X: y\rContent-Length: 5")],
  ["a folded line", "folded-line", "RFC 9112 §5.2", response("X: y\r\n z")],
  ["a space before the colon", "space-before-colon", "RFC 9112 §5.1", response("Content-Length : 5")],
  ["a field without name", "empty-name", "RFC 9110 §5.1", response(": y")],
  ["a malformed chunk size", "invalid-chunk-size", "RFC 9112 §7.1", chunkedResponse("0x5\r\nhello\r\n")],
  ["LF after a chunk size", "bare-lf", "RFC 9112 §7.1", chunkedResponse("5\nhello\r\n")],
  ["chunk data without end", "invalid-chunk-end", "RFC 9112 §7.1", chunkedResponse("5\r\nhello\n")],
  ["Content-Length among the trailers", "forbidden-trailer", "RFC 9110 §6.5.1", chunkedResponse("0\r\nContent-Length: 5\r\n\r\n")],
  ["a reason that is too long", "start-line-too-long", "RFC 9112 §4", `HTTP/1.1 200 ${"a".repeat(16_384)}`],
  ["too many fields", "header-count", "RFC 6585 §5", response("a:b\r\n".repeat(100) + "a:b")],
  ["fields that are too long", "header-bytes", "RFC 6585 §5", response(`X: ${"a".repeat(61_440)}`)],
];

/** Requests that must be refused, whatever comes before them. The limits are the defaults. */
export const refusedRequests: readonly RefusedMessage[] = [
  ...lengthRows,
  ...codingRows,
  ...fieldRows,
  ...hostRows,
  ...startLineRows,
  ...chunkRows,
  ...limitRows,
].map(refused);

/** Responses to a GET that must be refused; a proxy answers 502. The limits are the defaults. */
export const refusedResponses: readonly RefusedMessage[] = responseRows.map((row) => ({ ...refused(row), httpStatus: 502 }));
