import type { LocalReply, LocalReplyCause } from "@mesh/codec";
import { DubboStatus, RpcExceptionCode } from "./constants.ts";

/**
 * What a caller is told: a status, which Dubbo's Java client makes an `RpcException` of and (by default twice) tries again, or an exception
 * reply with an `RpcException` of our choice, which it throws at once. `null` is a reply without a value, or with a text as its value.
 */
export type DubboAnswer = { readonly status: DubboStatus } | { readonly exception: RpcExceptionCode } | { readonly value: null };

const status = (code: DubboStatus): DubboAnswer => ({ status: code });
const exception = (code: RpcExceptionCode): DubboAnswer => ({ exception: code });

/**
 * How each cause is told, so that Dubbo's Java client throws what it would throw for the same trouble without a mesh, and tries again where
 * another provider may do better, but not where the answer would be the same.
 */
export const dubboAnswerOfCause: Readonly<Record<LocalReplyCause, DubboAnswer>> = {
  // "No provider available": what a consumer says by itself then, and does not try again.
  route_not_found: exception(RpcExceptionCode.NoInvokerAvailableAfterFilter),
  cluster_not_found: exception(RpcExceptionCode.NoInvokerAvailableAfterFilter),
  no_healthy_upstream: exception(RpcExceptionCode.NoInvokerAvailableAfterFilter),
  // NETWORK, as for a provider that is gone: another may be there.
  upstream_connection_failure: status(DubboStatus.ChannelInactive),
  upstream_reset: status(DubboStatus.ChannelInactive),
  draining: status(DubboStatus.ChannelInactive),
  // Three tries of every call are the last thing that an overloaded service needs.
  upstream_overflow: exception(RpcExceptionCode.LimitExceeded),
  drop_overload: exception(RpcExceptionCode.LimitExceeded),
  unconditional_drop_overload: exception(RpcExceptionCode.LimitExceeded),
  // TIMEOUT.
  response_timeout: status(DubboStatus.ServerTimeout),
  request_timeout: status(DubboStatus.ClientTimeout),
  // NETWORK.
  upstream_protocol_error: status(DubboStatus.BadResponse),
  // A rule said no, and would again.
  denied: exception(RpcExceptionCode.Forbidden),
  rate_limited: exception(RpcExceptionCode.LimitExceeded),
  request_too_large: exception(RpcExceptionCode.LimitExceeded),
  bad_request: exception(RpcExceptionCode.Serialization),
  internal_error: exception(RpcExceptionCode.Unknown),
  // These two choose an HTTP status, which decides. These are for a choice that means nothing in Dubbo (a redirect).
  direct_response: exception(RpcExceptionCode.Unknown),
  fault_filter_abort: exception(RpcExceptionCode.Unknown),
};

/** How an answer is told. */
export function dubboAnswerOfReply({ cause, httpStatus }: LocalReply): DubboAnswer {
  if (cause === "direct_response") return directAnswer(httpStatus) ?? dubboAnswerOfCause.direct_response;
  if (cause === "fault_filter_abort") return faultAnswer(httpStatus) ?? dubboAnswerOfCause.fault_filter_abort;
  return dubboAnswerOfCause[cause];
}

/** A direct response is always the same: none is worth another try. */
function directAnswer(httpStatus: number): DubboAnswer | undefined {
  if (httpStatus >= 200 && httpStatus < 300) return { value: null };
  return httpStatus >= 400 && httpStatus < 600 ? exception(rpcExceptionOfHttpStatus(httpStatus)) : undefined;
}

/** A fault looks like the trouble that it stands for, retries included. */
function faultAnswer(httpStatus: number): DubboAnswer | undefined {
  switch (httpStatus) {
    case 404:
    case 501:
      return status(DubboStatus.ServiceNotFound);
    case 408:
    case 504:
      return status(DubboStatus.ServerTimeout);
    case 502:
      return status(DubboStatus.ChannelInactive);
    case 503:
      return status(DubboStatus.ServerThreadpoolExhausted);
    default:
      return httpStatus >= 500 && httpStatus < 600 ? status(DubboStatus.ServerError) : directAnswer(httpStatus);
  }
}

function rpcExceptionOfHttpStatus(httpStatus: number): RpcExceptionCode {
  switch (httpStatus) {
    case 400:
      return RpcExceptionCode.Serialization;
    case 401:
    case 403:
      return RpcExceptionCode.Forbidden;
    case 404:
    case 501:
      return RpcExceptionCode.NoInvokerAvailableAfterFilter;
    case 408:
    case 504:
      return RpcExceptionCode.Timeout;
    case 413:
    case 429:
      return RpcExceptionCode.LimitExceeded;
    case 502:
    case 503:
      return RpcExceptionCode.Network;
    default:
      return RpcExceptionCode.Unknown;
  }
}

/**
 * The HTTP status that means the same as a Dubbo status: what retries, outlier detection and statistics go by. Only what may be better at
 * another host, or speaks against this one, is 5xx.
 */
export function httpStatusOfDubboStatus(code: number): number {
  switch (code) {
    case DubboStatus.Ok:
      return 200;
    case DubboStatus.BadRequest:
      return 400;
    case DubboStatus.ServiceNotFound:
      return 404;
    case DubboStatus.ChannelInactive:
    case DubboStatus.BadResponse:
      return 502;
    case DubboStatus.ServerThreadpoolExhausted:
      return 503;
    case DubboStatus.ClientTimeout:
    case DubboStatus.ServerTimeout:
      return 504;
    default:
      return 500;
  }
}

/** The HTTP status that means the same as the code of an `RpcException` in a reply. Code 3 is an exception of the application: 200. */
export function httpStatusOfRpcException(code: number): number {
  switch (code) {
    case RpcExceptionCode.Biz:
      return 200;
    case RpcExceptionCode.Serialization:
    case RpcExceptionCode.Validation:
      return 400;
    case RpcExceptionCode.Forbidden:
    case RpcExceptionCode.Authorization:
      return 403;
    case RpcExceptionCode.MethodNotFound:
      return 404;
    case RpcExceptionCode.LimitExceeded:
      return 429;
    case RpcExceptionCode.Network:
      return 502;
    case RpcExceptionCode.NoInvokerAvailableAfterFilter:
    case RpcExceptionCode.RouterCacheNotBuilt:
      return 503;
    case RpcExceptionCode.Timeout:
    case RpcExceptionCode.TimeoutTerminate:
      return 504;
    default:
      return 500;
  }
}
