import type { RegistryRegistration } from "./contract.ts";
import { registryError } from "./errors.ts";
import type { RegistryInstance } from "./service.ts";
import { registrationFault } from "./validity.ts";

/** For sinks: throws MESH_REGISTRY_INVALID_REGISTRATION for what no registry can hold, whatever it is. The message names the first fault. */
export function checkRegistration(registration: RegistryRegistration): void {
  const fault = registrationFault(registration);
  if (fault === undefined) return;
  throw registryError("MESH_REGISTRY_INVALID_REGISTRATION", `registration${ofService(registration)}: ${fault}`);
}

function ofService(registration: unknown): string {
  if (typeof registration !== "object" || registration === null || !("service" in registration)) return "";
  return typeof registration.service === "string" && registration.service !== "" ? ` of ${printable(registration.service)}` : "";
}

const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cs}]/gu, "\u{fffd}");

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
