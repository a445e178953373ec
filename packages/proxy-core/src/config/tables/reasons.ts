/** Reasons that several tables give. */
export const needsTls = "it needs TLS, which is not there yet";
export const needsHttp2 = "it needs HTTP/2, which is not there yet";
export const needsHttp3 = "HTTP/3 is not spoken";
export const needsTracing = "there is no tracing yet";
export const noTracing = "without tracing it has nothing to act on";
export const noOverloadManager = "without an overload manager there is nothing to be excepted from";
export const notYet = "not there yet";
export const noSocketOptions = "Node.js cannot set it";
