import type { RegistryInstance, RegistryPort, RegistryProtocol } from "./service.ts";

/** Where a protocol listens unless it is told otherwise: SOFARPC's, Dubbo's and Triple's defaults, and IANA's. */
const usualPorts: Readonly<Partial<Record<RegistryProtocol, number>>> = {
  bolt: 12200,
  dubbo: 20880,
  tri: 50051,
  http: 80,
  http2: 80,
  grpc: 80,
  "grpc-web": 80,
  https: 443,
  tls: 443,
  mongo: 27017,
  redis: 6379,
  mysql: 3306,
};

/**
 * For adapters of registries in which only instances have ports: the ports of their service. Instances of one port name share a port. Its number
 * is the protocol's usual one, or where that is taken or there is none, the lowest of the instances'. Ports that were there before keep
 * their numbers, so that no client that knows one has to learn another because instances moved.
 *
 * @param known - the ports so far; they stay, also those that no instance has any more
 */
export function portsOf(instances: readonly RegistryInstance[], known: readonly RegistryPort[] = []): readonly RegistryPort[] {
  const lowest = new Map<string, RegistryInstance>();
  for (const instance of instances) {
    const so = lowest.get(instance.portName);
    if (so === undefined || instance.port < so.port) lowest.set(instance.portName, instance);
  }
  const ports = known.map((port) => {
    const protocol = lowest.get(port.name)?.protocol ?? port.protocol;
    return protocol === port.protocol ? port : { ...port, protocol };
  });
  const taken = new Set(ports.map(({ number }) => number));
  for (const name of [...lowest.keys()].sort()) {
    const first = lowest.get(name);
    if (first === undefined || ports.some((port) => port.name === name)) continue;
    const number = freeNumber([usualPorts[first.protocol], first.port], taken);
    taken.add(number);
    ports.push({ name, number, protocol: first.protocol });
  }
  return sameList(ports, known) ? known : ports;
}

function freeNumber(wanted: readonly (number | undefined)[], taken: ReadonlySet<number>): number {
  const found = wanted.find((number) => number !== undefined && !taken.has(number));
  if (found !== undefined) return found;
  let number = wanted.at(-1) ?? 1;
  while (taken.has(number)) number = (number % 65535) + 1;
  return number;
}

function sameList(one: readonly RegistryPort[], other: readonly RegistryPort[]): boolean {
  return one.length === other.length && one.every((port, index) => port === other[index]);
}
