import type { Message } from "@mesh/xds-proto";
import type { HeaderMap } from "@mesh/codec";
import type { StreamInfo } from "../../access-log/index.ts";
import { fail, required, type ConfigPath } from "../../config/index.ts";
import { compileHeaderAddition, compileHeaderRemoval, type HeaderMutation } from "../../route/index.ts";
import { FilterStatus, type FilterStream, type StreamFilter, type StreamFilterExtension } from "../filter.ts";

const messageName = "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation";
const perRouteName = "envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute";

type MutationMessage = Message<"envoy.config.common.mutation_rules.v3.HeaderMutation">;
type MutationsMessage = Message<"envoy.extensions.filters.http.header_mutation.v3.Mutations">;

/** Envoy's header mutation filter. The filter's own mutations come first, then those of the route's levels. */
export const headerMutationFilter: StreamFilterExtension = {
  name: "envoy.filters.http.header_mutation",
  category: "envoy.filters.http",
  messageName,
  fields: undefined,
  perRoute: {
    messageName: perRouteName,
    fields: undefined,
    compile: (extension) => new Mutations(extension.as(perRouteName).mutations, extension.path.field("mutations")),
  },
  create: (extension, { filterName }) => {
    const { mutations, mostSpecificHeaderMutationsWins } = extension.as(messageName);
    const own = new Mutations(mutations, extension.path.field("mutations"));
    return new HeaderMutationFilter(own, filterName, mostSpecificHeaderMutationsWins);
  },
};

class Mutations {
  readonly request: readonly HeaderMutation[];
  readonly response: readonly HeaderMutation[];

  constructor(message: MutationsMessage | null, path: ConfigPath) {
    this.request = compileMutations(message?.requestMutations ?? [], path.field("request_mutations"));
    this.response = compileMutations(message?.responseMutations ?? [], path.field("response_mutations"));
  }
}

class HeaderMutationFilter implements StreamFilter {
  readonly #own: Mutations;
  readonly #name: string;
  readonly #mostSpecificLast: boolean;

  constructor(own: Mutations, name: string, mostSpecificLast: boolean) {
    this.#own = own;
    this.#name = name;
    this.#mostSpecificLast = mostSpecificLast;
  }

  onRequest(stream: FilterStream): FilterStatus {
    const { headers } = stream.request;
    applyAll(this.#own.request, headers, stream);
    const levels = stream.filterConfigs(this.#name);
    for (let i = 0; i < levels.length; i++) {
      const level = this.#level(levels, i);
      if (level instanceof Mutations) applyAll(level.request, headers, stream);
    }
    return FilterStatus.Continue;
  }

  onResponse(stream: FilterStream): FilterStatus {
    const headers = stream.response?.headers;
    if (headers === undefined) return FilterStatus.Continue;
    applyAll(this.#own.response, headers, stream);
    const levels = stream.filterConfigs(this.#name);
    for (let i = 0; i < levels.length; i++) {
      const level = this.#level(levels, i);
      if (level instanceof Mutations) applyAll(level.response, headers, stream);
    }
    return FilterStatus.Continue;
  }

  /** What is applied later wins: the table's as Envoy has it by default, the route's where the most specific is to win. */
  #level(levels: readonly unknown[], index: number): unknown {
    return levels[this.#mostSpecificLast ? levels.length - 1 - index : index];
  }
}

function applyAll(mutations: readonly HeaderMutation[], headers: HeaderMap, info: StreamInfo): void {
  for (let i = 0; i < mutations.length; i++) mutations[i]?.apply(headers, info);
}

/** In the order of configuration. */
function compileMutations(messages: readonly MutationMessage[], path: ConfigPath): readonly HeaderMutation[] {
  return messages.map((message, index) => compileMutation(message, path.index(index)));
}

function compileMutation(message: MutationMessage, path: ConfigPath): HeaderMutation {
  switch (message.action) {
    case "remove":
      return compileHeaderRemoval(message.remove, path.field("remove"));
    case "append":
      return compileHeaderAddition(required(message.append, path.field("append")), path.field("append"));
    case undefined:
      return fail(path, "one of remove, append is required");
  }
}
