/**
 * Routes: which virtual host and route a request of any protocol has, where it goes, and what is changed on the way. All of a
 * RouteConfiguration is compiled when it comes; what a request meets is maps, string comparisons and calls.
 */
export { compileRouteTable } from "./compile-route-table.ts";
export { RetryOn } from "./contract.ts";
export type {
  CookieRecipe,
  ForwardAction,
  HashSource,
  HeaderMutation,
  LimitedField,
  MirrorPolicy,
  RedirectAction,
  RetryPolicy,
  RoutableRequest,
  Route,
  RouteAction,
  RouteTable,
  WeightedTarget,
} from "./contract.ts";
export { compileHeaderAddition, compileHeaderRemoval } from "./header-mutation.ts";
export { parseRetryOn, previousHostsPredicate } from "./retry-policy.ts";
export {
  type DynamicRoutes,
  RouteConfigurations,
  type RouteConfigurationsOptions,
  type RouteSpecifier,
  type RouteSubscription,
  type RouteUser,
} from "./route-configurations.ts";
export type { RouteContext } from "./route-scope.ts";
