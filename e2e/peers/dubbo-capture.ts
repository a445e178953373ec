import type { DubboConsumer, DubboProvider, DubboReferOptions, DubboSerialization } from "./dubbo.ts";
import { splitDubboFrames } from "./dubbo-frames.ts";
import type { EchoReference } from "./driver.ts";
import type { Order, Person } from "./echo-service.ts";
import { startRecorder } from "./recorder.ts";

/** What the connections between a consumer and a provider carried. The first has all calls, one after the other, the second nothing but heartbeats. */
export interface DubboCapture {
  readonly requests: readonly Buffer[];
  readonly responses: readonly Buffer[];
}

export const capturedPerson: Person = {
  name: "Änn 你😀",
  age: 30,
  serial: 2 ** 40,
  notes: { a: "ä", long: "x".repeat(300) },
  tags: ["x", ""],
};

export const capturedOrder: Order = {
  number: "-9007199254740993",
  price: "12345678901234567890.1200",
  weight: 0.1,
  urgent: true,
  created: 1_700_000_000_123,
  state: "PAID",
  comment: null,
  seal: Buffer.from([0, 1, 0x7f, 0xff]).toString("base64"),
  buyer: capturedPerson,
  receiver: null,
  lines: [
    { article: "pen", quantity: 1 },
    { article: "ink", quantity: -70_000 },
  ],
  witnesses: { bob: { ...capturedPerson, name: "Bob" } },
};

async function expectFailure(call: Promise<unknown>): Promise<void> {
  const [outcome] = await Promise.allSettled([call]);
  if (outcome.status === "fulfilled") throw new Error(`${JSON.stringify(outcome.value)} in place of a failure`);
}

/**
 * Has a Java consumer call a Java provider through a recorder: every method of the service, with attachments both ways (`x-tag: blue`, answered with
 * `x-reply: green`), both kinds of exception, a service that is not there (version "nobody"), an asynchronous call, a generic one, and at last a one-way one,
 * `fire` with the text `captured`. `order` is answered with references: the receiver is the buyer.
 */
export async function captureDubbo(
  consumer: DubboConsumer,
  provider: DubboProvider,
  serialization: DubboSerialization,
): Promise<DubboCapture> {
  const recorder = await startRecorder(provider.port);
  const references: EchoReference[] = [];
  const refer = async (options: Omit<DubboReferOptions, "url">): Promise<EchoReference> => {
    const reference = await consumer.refer({ url: `dubbo://127.0.0.1:${recorder.port}`, serialization, timeout: 12_345, ...options });
    references.push(reference);
    return reference;
  };
  try {
    const sync = await refer({});
    await sync.call("echo", ["hé你😀"], { headers: { "x-tag": "blue" } });
    await sync.call("greet", [capturedPerson, 2, ["y"]]);
    await sync.call("order", [capturedOrder]);
    await sync.call("headers", [{ "x-reply": "green" }], { headers: { "x-tag": "blue" } });
    await sync.call("size", [{ $bytes: 100_000 }]);
    await sync.call("length", [{ $text: 100_000 }]);
    await sync.call("big", [100_000]);
    await sync.call("slow", [1]);
    await sync.call("served", ["echo"]);
    await sync.call("id", []);
    await sync.call("fire", ["answered"]);
    await expectFailure(sync.call("boom", ["checked"]));
    await expectFailure(sync.call("boom", ["unchecked"]));
    await expectFailure((await refer({ version: "nobody" })).call("echo", ["x"]));
    await (await refer({ invokeType: "async" })).call("echo", ["async"]);
    const generic = await refer({ invokeType: "generic" });
    await generic.call("order", [capturedOrder]);
    await expectFailure(generic.call("boom", ["checked"]));
    await (await refer({ invokeType: "oneway" })).call("fire", ["captured"]);
    await recorder.until(
      ({ connections: [calls] }) => calls !== undefined && splitDubboFrames(calls.requests()).some((frame) => !frame.isTwoWay),
    );
    await refer({ heartbeatMs: 100, connections: 1 });
    await recorder.until(({ connections: [, silent] }) => silent !== undefined && splitDubboFrames(silent.responses()).length >= 2);
    return {
      requests: recorder.connections.map((connection) => Buffer.from(connection.requests())),
      responses: recorder.connections.map((connection) => Buffer.from(connection.responses())),
    };
  } finally {
    await Promise.all(references.map((reference) => reference.release()));
    await recorder.close();
  }
}
