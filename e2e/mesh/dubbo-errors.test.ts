/** What a Java caller of each generation sees at each answer that a proxy makes itself. The table of docs/guides/dubbo.md says the same. */
import { readFileSync } from "node:fs";
import { localReplyCauses, type LocalReplyCause } from "@mesh/codec";
import { dubboAnswerOfReply, dubboCodec } from "@mesh/codec-dubbo";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dubboReleases, java, startDubboConsumer, type DubboConsumer, type DubboRelease, type DubboSerialization } from "../peers/java.ts";
import { requirePeer } from "../peers/tools.ts";
import { startRefusingOrigin } from "./refusing-origin.ts";

interface Row {
  readonly cause: string;
  readonly httpStatus: number;
  /** `status 35`, `exception 6`, `the text`. */
  readonly answer: string;
  /** Codes of `RpcException`; undefined where there is a result. */
  readonly codes: Readonly<Record<"2.7" | "3", number | undefined>>;
  /** Whether a consumer with `retries` calls again. */
  readonly isRetried: boolean;
}

function readTable(): readonly Row[] {
  const page = readFileSync(new URL("../../docs/guides/dubbo.md", import.meta.url), "utf8");
  const code = (text: string): number | undefined => (text === "-" ? undefined : Number(text));
  return [...page.matchAll(/^\| `(\w+)` +\| (\d+) +\| (\w+ \w+)[^|]* \| (\d+|-) +\| (\d+|-) +\| (yes|no) +\|$/gm)].map(
    ([, cause = "", http, answer = "", old = "", young = "", again]) => ({
      cause,
      httpStatus: Number(http),
      answer,
      codes: { "2.7": code(old), "3": code(young) },
      isRetried: again === "yes",
    }),
  );
}

const rows = readTable();

test("the documented table has a row for every cause", () => {
  expect(rows.map(({ cause }) => cause).toSorted()).toEqual([...localReplyCauses].toSorted());
});

const isCause = (text: string): text is LocalReplyCause => localReplyCauses.some((cause) => cause === text);

function describeAnswer(reply: Parameters<typeof dubboAnswerOfReply>[0]): string {
  const answer = dubboAnswerOfReply(reply);
  if ("status" in answer) return `status ${answer.status}`;
  return "exception" in answer ? `exception ${answer.exception}` : "the text";
}

const callers = dubboReleases.flatMap((release): { readonly release: DubboRelease; readonly serialization: DubboSerialization }[] =>
  release === "2.7"
    ? [{ release, serialization: "hessian2" }]
    : [
        { release, serialization: "hessian2" },
        { release, serialization: "fastjson2" },
      ],
);

describe.runIf(requirePeer(java)).each(callers)("a Java consumer of Dubbo $release in $serialization", ({ release, serialization }) => {
  let consumer: DubboConsumer;

  beforeAll(async () => {
    consumer = await startDubboConsumer(release);
  });

  afterAll(async () => {
    await consumer?.kill();
  });

  test.for(rows)("is answered $answer for $cause", async ({ cause, httpStatus, answer, codes, isRetried }) => {
    if (!isCause(cause)) throw new Error(`${cause} is no cause`);
    const reply = { cause, httpStatus, message: "made here" };
    expect(describeAnswer(reply)).toBe(answer);
    const origin = await startRefusingOrigin(dubboCodec(), reply);
    const url = `dubbo://127.0.0.1:${origin.port}`;
    // A single URL makes no cluster in 2.7, and that is what tries again.
    const echo = await consumer.refer({ url: `${url};${url}`, cluster: "failover", retries: 2, serialization, connections: 1 });
    const code = codes[release === "2.7" ? "2.7" : "3"];
    if (code === undefined) {
      expect(await echo.call("echo", ["x"])).toBe("made here");
    } else {
      const error: unknown = await echo.call("echo", ["x"]).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ class: "org.apache.dubbo.rpc.RpcException", errorType: code });
      expect(JSON.stringify([error, error instanceof Error && error.message])).toContain("made here");
    }
    expect(origin.calls).toBe(isRetried ? 3 : 1);
    await echo.release();
    await origin.close();
  });
});
