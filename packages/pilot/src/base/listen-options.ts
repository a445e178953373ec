export interface ListenOptions {
  /** An IP address. Default: 127.0.0.1. */
  readonly host?: string;
  /** 0: any that is free. */
  readonly port: number;
}
