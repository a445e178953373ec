import { status } from "@grpc/grpc-js";

/** Go's name of a gRPC status, as Istio has it in labels: `Internal`, `InvalidArgument`. */
export function grpcStatusName(code: number): string {
  const name: string | undefined = status[code];
  if (name === undefined) return `Code(${code})`;
  return name.replaceAll(/([A-Z])([A-Z]*)_?/g, (_, first: string, rest: string) => first + rest.toLowerCase());
}
