import { defineFields, each, ignored, rejected, required, supported, type FieldTable } from "../fields.ts";
import { notYet } from "./reasons.ts";

/** Messages that many others use. */
export const coreTables: readonly FieldTable[] = [
  defineFields("envoy.config.core.v3.Locality", each(supported(), "region", "zone", "sub_zone")),
  defineFields(
    "envoy.config.core.v3.Address",
    { ...each(supported(), "socket_address", "pipe"), envoy_internal_address: rejected("there are no internal listeners") },
    { requiredOneofs: ["address"] },
  ),
  defineFields(
    "envoy.config.core.v3.SocketAddress",
    {
      protocol: supported({ values: ["TCP"] }),
      address: required(),
      port_value: supported(),
      named_port: rejected("give the port's number"),
      resolver_name: rejected("there are no resolvers to choose from"),
      ipv4_compat: rejected("listen on an IPv4 address as well"),
    },
    { requiredOneofs: ["port_specifier"] },
  ),
  defineFields("envoy.config.core.v3.Pipe", {
    path: required({ note: "A path that begins with `@` is an abstract socket." }),
    mode: supported(),
  }),
  defineFields("envoy.config.core.v3.CidrRange", { address_prefix: required(), prefix_len: supported() }),
  defineFields("envoy.config.core.v3.Metadata", {
    filter_metadata: supported(),
    typed_filter_metadata: ignored("nothing reads typed metadata"),
  }),
  defineFields(
    "envoy.config.core.v3.DataSource",
    {
      ...each(supported(), "inline_bytes", "inline_string"),
      filename: supported({ note: "Read once, when the configuration is read." }),
      environment_variable: rejected(`the environment is not read: ${notYet}`),
      watched_directory: rejected(`files are not watched: ${notYet}`),
    },
    { requiredOneofs: ["specifier"] },
  ),
  defineFields("envoy.config.core.v3.HeaderValueOption", {
    header: required(),
    append: supported({ note: "Deprecated; `append_action` is the field to use." }),
    ...each(supported(), "append_action", "keep_empty_value"),
  }),
  defineFields("envoy.config.core.v3.HeaderValue", { key: required(), ...each(supported(), "value", "raw_value") }),
  defineFields("envoy.config.core.v3.RuntimeFractionalPercent", { default_value: required(), runtime_key: supported() }),
  defineFields("envoy.config.core.v3.RuntimeDouble", each(supported(), "default_value", "runtime_key")),
  defineFields("envoy.config.core.v3.RuntimeUInt32", each(supported(), "default_value", "runtime_key")),
  defineFields("envoy.type.v3.FractionalPercent", each(supported(), "numerator", "denominator")),
  defineFields("envoy.type.v3.Percent", each(supported(), "value")),
  defineFields("envoy.type.v3.Int64Range", each(supported(), "start", "end")),
];

export const matcherTables: readonly FieldTable[] = [
  defineFields("envoy.type.matcher.v3.RegexMatcher", {
    google_re2: ignored("regular expressions are RE2's, always"),
    regex: required({ note: "RE2's syntax, matched against the whole value." }),
  }),
  defineFields("envoy.type.matcher.v3.RegexMatchAndSubstitute", { pattern: required(), substitution: supported() }),
  defineFields(
    "envoy.type.matcher.v3.StringMatcher",
    {
      ...each(supported(), "exact", "prefix", "suffix", "safe_regex", "contains", "ignore_case"),
      custom: rejected(`there are no matchers to choose from: ${notYet}`),
    },
    { requiredOneofs: ["match_pattern"] },
  ),
  defineFields("envoy.config.route.v3.HeaderMatcher", {
    name: required(),
    ...each(supported(), "range_match", "present_match", "string_match", "invert_match", "treat_missing_header_as_empty"),
    ...each(
      supported({ note: "Deprecated; `string_match` is the field to use." }),
      "exact_match",
      "safe_regex_match",
      "prefix_match",
      "suffix_match",
      "contains_match",
    ),
  }),
];
