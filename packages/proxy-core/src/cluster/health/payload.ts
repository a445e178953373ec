import type { Message } from "@mesh/xds-proto";
import { type ConfigPath, fail } from "../../config/index.ts";

/** The bytes of a payload: hexadecimal text, or binary. */
export function readPayload(message: Message<"envoy.config.core.v3.HealthCheck.Payload">, path: ConfigPath): Buffer {
  if (message.payload === "binary") return Buffer.from(message.binary);
  const textPath = path.field("text");
  if (!/^(?:[0-9a-f]{2})+$/iu.test(message.text)) fail(textPath, `not bytes in hexadecimal digits: ${JSON.stringify(message.text)}`);
  return Buffer.from(message.text, "hex");
}

/** Envoy's fuzzy match: all blocks must come, in their order, with anything in between. It keeps no more than a block's length of the stream. */
export class PayloadMatcher {
  readonly #blocks: readonly Buffer[];
  #matched = 0;
  #tail: Buffer = Buffer.alloc(0);

  constructor(blocks: readonly Buffer[]) {
    this.#blocks = blocks;
  }

  get done(): boolean {
    return this.#matched === this.#blocks.length;
  }

  push(chunk: Buffer): void {
    const data = Buffer.concat([this.#tail, chunk]);
    let position = 0;
    for (let block = this.#blocks[this.#matched]; block !== undefined; block = this.#blocks[this.#matched]) {
      const found = data.indexOf(block, position);
      if (found < 0) {
        this.#tail = data.subarray(Math.max(position, data.length - block.length + 1));
        return;
      }
      position = found + block.length;
      this.#matched++;
    }
  }
}
