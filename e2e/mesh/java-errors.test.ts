/**
 * What a Java caller sees at each answer that a proxy makes itself: the codec's reply for every cause, given to the real client. The table of
 * docs/guides/architecture.md says the same.
 */
import { readFileSync } from "node:fs";
import { localReplyCauses, type LocalReplyCause } from "@mesh/codec";
import { boltCodec, boltStatusOfReply } from "@mesh/codec-bolt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { java, startSofaConsumer, type SofaConsumer } from "../peers/java.ts";
import { requirePeer } from "../peers/tools.ts";
import { startRefusingOrigin } from "./refusing-origin.ts";

/** A row of the table: what a cause is in HTTP, in Bolt and in Java. */
interface Row {
  readonly cause: string;
  readonly httpStatus: number;
  readonly boltStatus: number;
  /** `SofaRpcException 250`. */
  readonly java: string;
  /** Whether a consumer with `retries` calls again. */
  readonly isRetried: boolean;
}

function readTable(): readonly Row[] {
  const page = readFileSync(new URL("../../docs/guides/architecture.md", import.meta.url), "utf8");
  return [...page.matchAll(/^\| `(\w+)` +\| (\d+) +\| [^|]+ \| (\d+) [A-Z_]+ +\| ([^|]+?) +\| (yes|no) +\|$/gm)].map(
    ([, cause = "", http, bolt, exception = "", again]) => ({
      cause,
      httpStatus: Number(http),
      boltStatus: Number(bolt),
      java: exception.replaceAll("`", ""),
      isRetried: again === "yes",
    }),
  );
}

const rows = readTable();

test("the documented table has a row for every cause", () => {
  expect(rows.map(({ cause }) => cause).toSorted()).toEqual([...localReplyCauses].toSorted());
});

describe.runIf(requirePeer(java))("a Java consumer", () => {
  let consumer: SofaConsumer;

  beforeAll(async () => {
    consumer = await startSofaConsumer();
  });

  afterAll(async () => {
    await consumer?.stop();
  });

  const isCause = (text: string): text is LocalReplyCause => localReplyCauses.some((cause) => cause === text);

  test.for(rows)("throws at $cause: $java", async ({ cause, httpStatus, boltStatus, java: expected, isRetried }) => {
    if (!isCause(cause)) throw new Error(`${cause} is no cause`);
    const reply = { cause, httpStatus, message: "made here" };
    expect(boltStatusOfReply(reply)).toBe(boltStatus);
    const origin = await startRefusingOrigin(boltCodec(), reply);
    const echo = await consumer.refer({ url: `bolt://127.0.0.1:${origin.port}`, retries: 2 });
    const error: unknown = await echo.call("echo", ["x"]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ errorType: Number(/\d+$/.exec(expected)?.[0]) });
    expect(error).toMatchObject({ class: `com.alipay.sofa.rpc.core.exception.${expected.split(" ")[0] ?? ""}` });
    expect(origin.calls).toBe(isRetried ? 3 : 1);
    await echo.release();
    await origin.close();
  });
});
