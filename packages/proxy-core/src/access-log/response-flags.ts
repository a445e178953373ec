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
  DropOverload: 0x400000,
  UnconditionalDropOverload: 0x800000,
  NoFilterConfigFound: 0x1000000,
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
  DropOverload: "DO",
  UnconditionalDropOverload: "UDO",
  NoFilterConfigFound: "NFCF",
};

const flagNames = Object.keys(ResponseFlag) as (keyof typeof ResponseFlag)[]; // the keys of a constant are its keys

/** Envoy writes flags in the order in which they come: faults first, and that retries are used up before why the last one failed. */
const firstOfRequests = ["DelayInjected", "FaultInjected", "UpstreamRetryLimitExceeded"] as const;
const requestOrder = [...new Set([...firstOfRequests, ...flagNames])];

/** Few combinations occur; each is spelt once. */
class Spelling {
  readonly #texts = new Map<number, string>([[0, "-"]]);
  readonly #order: readonly (keyof typeof ResponseFlag)[];
  readonly #spell: (name: keyof typeof ResponseFlag) => string;

  constructor(order: readonly (keyof typeof ResponseFlag)[], spell: (name: keyof typeof ResponseFlag) => string) {
    this.#order = order;
    this.#spell = spell;
  }

  of(flags: number): string {
    const known = this.#texts.get(flags);
    if (known !== undefined) return known;
    const text = this.#order
      .filter((name) => (flags & ResponseFlag[name]) !== 0)
      .map(this.#spell)
      .join(",");
    this.#texts.set(flags, text);
    return text;
  }
}

const shortForm = (name: keyof typeof ResponseFlag): string => responseFlagShort[name];
const longForm = (name: keyof typeof ResponseFlag): string => name;
const ofRequests = { short: new Spelling(requestOrder, shortForm), long: new Spelling(requestOrder, longForm) };
const ofConnections = { short: new Spelling(flagNames, shortForm), long: new Spelling(flagNames, longForm) };

/** `URX,UF`, of a connection `UF,URX`; `-` where no flag is set. */
export function formatResponseFlags(flags: number, isRequest: boolean): string {
  return (isRequest ? ofRequests : ofConnections).short.of(flags);
}

/** `UpstreamRetryLimitExceeded,UpstreamConnectionFailure`; `-` where no flag is set. */
export function formatResponseFlagsLong(flags: number, isRequest: boolean): string {
  return (isRequest ? ofRequests : ofConnections).long.of(flags);
}
