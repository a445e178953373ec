/** Conditions on strings and headers, and regular expressions, compiled from Envoy's matchers. */
export type { HeaderReader } from "./headers.ts";
export { compileHeaderMatcher, compileHeaderMatchers, matchesAll } from "./header-matcher.ts";
export type { HeaderMatcher } from "./header-matcher.ts";
export { compileRegex } from "./regex.ts";
export type { Regex } from "./regex.ts";
export { compileRegexRewrite } from "./regex-rewrite.ts";
export type { RegexRewrite } from "./regex-rewrite.ts";
export { compileStringMatcher, toAsciiLowerCase } from "./string-matcher.ts";
export type { StringMatcher, StringMatchKind } from "./string-matcher.ts";
