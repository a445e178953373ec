import type { Message } from "@mesh/xds-proto";
import { fail, required, type ConfigPath } from "../config/index.ts";
import type { AcceptedConnection } from "./accepted.ts";

type PredicateMessage = Message<"envoy.config.listener.v3.ListenerFilterChainMatchPredicate">;
type MatchSet = Message<"envoy.config.listener.v3.ListenerFilterChainMatchPredicate.MatchSet">;

/** Whether a connection is one of those that are meant. */
export type ConnectionPredicate = (accepted: AcceptedConnection) => boolean;

/** Compiles `filter_disabled` of a listener filter. Throws a `ConfigError`. */
export function compilePredicate(message: PredicateMessage, path: ConfigPath): ConnectionPredicate {
  switch (message.rule) {
    case "orMatch": {
      const any = compileSet(required(message.orMatch, path.field("or_match")), path.field("or_match"));
      return (accepted) => any.some((matches) => matches(accepted));
    }
    case "andMatch": {
      const all = compileSet(required(message.andMatch, path.field("and_match")), path.field("and_match"));
      return (accepted) => all.every((matches) => matches(accepted));
    }
    case "notMatch": {
      const matches = compilePredicate(required(message.notMatch, path.field("not_match")), path.field("not_match"));
      return (accepted) => !matches(accepted);
    }
    case "anyMatch":
      if (!message.anyMatch) fail(path.field("any_match"), "must be true");
      return () => true;
    case "destinationPortRange": {
      const at = path.field("destination_port_range");
      const { start, end } = required(message.destinationPortRange, at);
      if (start >= end) fail(at, "is empty: it goes from start up to, and without, end");
      return ({ local: { port } }) => port >= start && port < end;
    }
    case undefined:
      return fail(path, "one of or_match, and_match, not_match, any_match, destination_port_range is required");
  }
}

/** Envoy wants two or more. */
function compileSet({ rules }: MatchSet, path: ConfigPath): readonly ConnectionPredicate[] {
  const at = path.field("rules");
  if (rules.length < 2) fail(at, `needs two rules or more, here are ${rules.length}`);
  return rules.map((rule, index) => compilePredicate(rule, at.index(index)));
}
