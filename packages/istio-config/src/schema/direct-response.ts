/** HTTPDirectResponse. */
import * as v from "valibot";
import type { HttpDirectResponse } from "../kinds/index.ts";
import { describe } from "./issues.ts";
import { message, normalisedMessage, type MessageSchema } from "./message.ts";
import { checked, countSet, may, text, type Schema, type Verdict } from "./scalars.ts";

function statusVerdict(value: number): Verdict {
  return Number.isInteger(value) && value >= 200 && value <= 599
    ? undefined
    : `must be an HTTP status from 200 to 599, but is ${describe(value)}`;
}

export const httpStatus: Schema<number> = checked(v.number(), "virtual-service/http-status", statusVerdict);

const largeBody = 100 * 1024;
const maxBody = 1024 * 1024;

const body: MessageSchema<NonNullable<HttpDirectResponse["body"]>> = normalisedMessage(
  "HTTPBody",
  { string: may(text), bytes: may(text) },
  ({ string, bytes }) => (bytes === undefined ? { kind: "string", value: string ?? "" } : { kind: "bytes", value: bytes }),
  {
    rules({ string, bytes }, report) {
      if (countSet(string, bytes) === 2) report(["bytes"], "schema/one-of", "must not be set together with string");
      if (bytes !== undefined && !/^[A-Za-z0-9+/_-]*={0,2}$/.test(bytes)) report(["bytes"], "schema/type", "must be base64");
      const size = bytes === undefined ? Buffer.byteLength(string ?? "") : Math.floor((bytes.length * 3) / 4);
      if (size > maxBody) report([], "virtual-service/direct-response-size", `must have at most 1 MiB, but has ${size} bytes`);
      else if (size > largeBody) report([], "virtual-service/direct-response-large", `is large: ${size} bytes, which every proxy gets`);
    },
  },
);

export const directResponse: MessageSchema<HttpDirectResponse> = message("HTTPDirectResponse", { status: httpStatus, body: may(body) });
