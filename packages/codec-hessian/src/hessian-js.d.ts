/** The little of hessian.js that the tests and benchmarks use as an oracle: version 2 speaks v4, version 1 (as hessian.js-1) v3. */
declare module "hessian.js" {
  interface Encoder {
    write(value: unknown): Encoder;
    get(): Buffer;
  }
  interface Decoder {
    read(withType?: boolean): unknown;
    readString(): string;
  }
  interface HessianJs {
    readonly EncoderV2: new () => Encoder;
    readonly DecoderV2: new (bytes: Buffer) => Decoder;
  }
  const hessian: HessianJs;
  export default hessian;
  export type { HessianJs };
}

declare module "hessian.js-1" {
  import type { HessianJs } from "hessian.js";
  const hessian: HessianJs;
  export default hessian;
}
