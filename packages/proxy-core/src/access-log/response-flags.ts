/** Envoy's response flags; `%RESPONSE_FLAGS%` prints the short form, `%RESPONSE_FLAGS_LONG%` the key. */
export const ResponseFlag = {
  DownstreamConnectionTermination: 0x1,
  FailedLocalHealthCheck: 0x2,
  NoHealthyUpstream: 0x4,
  UpstreamRequestTimeout: 0x8,
  LocalReset: 0x10,
  UpstreamRemoteReset: 0x20,
  UpstreamConnectionFailure: 0x40,
  UpstreamConnectionTermination: 0x80,
  UpstreamOverflow: 0x100,
  NoRouteFound: 0x200,
  DelayInjected: 0x400,
  FaultInjected: 0x800,
  RateLimited: 0x1000,
  UnauthorizedExternalService: 0x2000,
  StreamIdleTimeout: 0x4000,
  DownstreamProtocolError: 0x8000,
  UpstreamProtocolError: 0x10000,
  UpstreamRetryLimitExceeded: 0x20000,
  UpstreamMaxStreamDurationReached: 0x40000,
  NoClusterFound: 0x80000,
  OverloadManager: 0x100000,
  DurationTimeout: 0x200000,
} as const;

export type ResponseFlag = (typeof ResponseFlag)[keyof typeof ResponseFlag];

/** Two- and three-letter forms, as Envoy prints them. */
export const responseFlagShort: Readonly<Record<keyof typeof ResponseFlag, string>> = {
  DownstreamConnectionTermination: "DC",
  FailedLocalHealthCheck: "LH",
  NoHealthyUpstream: "UH",
  UpstreamRequestTimeout: "UT",
  LocalReset: "LR",
  UpstreamRemoteReset: "UR",
  UpstreamConnectionFailure: "UF",
  UpstreamConnectionTermination: "UC",
  UpstreamOverflow: "UO",
  NoRouteFound: "NR",
  DelayInjected: "DI",
  FaultInjected: "FI",
  RateLimited: "RL",
  UnauthorizedExternalService: "UAEX",
  StreamIdleTimeout: "SI",
  DownstreamProtocolError: "DPE",
  UpstreamProtocolError: "UPE",
  UpstreamRetryLimitExceeded: "URX",
  UpstreamMaxStreamDurationReached: "UMSDR",
  NoClusterFound: "NC",
  OverloadManager: "OM",
  DurationTimeout: "DT",
};

const flagNames = Object.keys(ResponseFlag) as (keyof typeof ResponseFlag)[]; // the keys of a constant are its keys

/** Few combinations occur; each is spelt once. */
class Spelling {
  readonly #texts = new Map<number, string>([[0, "-"]]);
  readonly #spell: (name: keyof typeof ResponseFlag) => string;

  constructor(spell: (name: keyof typeof ResponseFlag) => string) {
    this.#spell = spell;
  }

  of(flags: number): string {
    const known = this.#texts.get(flags);
    if (known !== undefined) return known;
    const text = flagNames
      .filter((name) => (flags & ResponseFlag[name]) !== 0)
      .map(this.#spell)
      .join(",");
    this.#texts.set(flags, text);
    return text;
  }
}

const short = new Spelling((name) => responseFlagShort[name]);
const long = new Spelling((name) => name);

/** `UF,URX`; `-` where no flag is set. */
export function formatResponseFlags(flags: number): string {
  return short.of(flags);
}

/** `UpstreamConnectionFailure,UpstreamRetryLimitExceeded`; `-` where no flag is set. */
export function formatResponseFlagsLong(flags: number): string {
  return long.of(flags);
}
