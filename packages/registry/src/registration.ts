import type { RegistryRegistration } from "./contract.ts";
import { registryError } from "./errors.ts";
import type { RegistryInstance } from "./service.ts";

/** For sinks: throws MESH_REGISTRY_INVALID_REGISTRATION for what no registry can hold. */
export function checkRegistration({ service, address, port, portName, weight }: RegistryRegistration): void {
  const fault = (what: string): Error =>
    registryError("MESH_REGISTRY_INVALID_REGISTRATION", `registration of ${service || "a service without a name"}: ${what}`);
  if (service === "") throw fault("service must not be empty");
  if (address === "") throw fault("address must not be empty");
  if (portName === "") throw fault("portName must not be empty");
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw fault(`port must be 1 to 65535, not ${port}`);
  if (weight !== undefined && !(Number.isFinite(weight) && weight >= 0)) throw fault(`weight must be 0 or more, not ${weight}`);
}

/** For sinks: the instance that a registration describes, with all defaults. */
export function instanceOf(registration: RegistryRegistration, id: string, registry: string): RegistryInstance {
  const { address, port, protocol, portName, labels, weight, health, locality, warmUp, origin } = registration;
  return {
    id,
    address,
    port,
    portName: portName ?? protocol,
    protocol,
    labels: labels ?? {},
    weight: weight ?? 100,
    health: health ?? "healthy",
    ...(locality === undefined ? {} : { locality }),
    ...(warmUp === undefined ? {} : { warmUp }),
    origin: origin ?? { registry },
  };
}
