/**
 * The contract of service registries: what an adapter of ZooKeeper, Nacos or Consul gives to a control plane, and what it takes.
 *
 * ```ts
 * import { createMemoryRegistry } from "@mesh/registry";
 *
 * const registry = createMemoryRegistry({ name: "demo" });
 * registry.start({
 *   onChanged: (changes) => {
 *     for (const [name, service] of changes) console.log(name, service?.instances.map(({ address, port }) => `${address}:${port}`) ?? "is gone");
 *   },
 *   onReady: () => console.log("all is known"),
 * });
 * const echo = await registry.register({ service: "com.acme.Echo", address: "10.0.0.1", port: 12200, protocol: "bolt" });
 * await echo.update({ weight: 50 });
 * await registry.close();
 * ```
 *
 * @packageDocumentation
 */
export { canRegister, sameInstance, sameService } from "./contract.ts";
export type {
  Registry,
  RegistryChanges,
  RegistryRegistration,
  RegistryRegistrationHandle,
  RegistrySink,
  RegistrySource,
  RegistryUpdate,
  RegistryWatcher,
} from "./contract.ts";
export { isRegistryError, registryError } from "./errors.ts";
export type { RegistryError, RegistryErrorCode } from "./errors.ts";
export { createMemoryRegistry } from "./memory/registry.ts";
export type { MemoryRegistry, MemoryRegistryOptions, MemorySession, MemorySource } from "./memory/registry.ts";
export { portsOf } from "./ports.ts";
export { checkRegistration, instanceOf } from "./registration.ts";
export { systemRuntime } from "./runtime.ts";
export type { RegistryRuntime, RegistryTimer } from "./runtime.ts";
export { identityLabels } from "./service.ts";
export type {
  RegistryHealth,
  RegistryInstance,
  RegistryLocality,
  RegistryOrigin,
  RegistryPort,
  RegistryProtocol,
  RegistryService,
  RegistryWarmUp,
} from "./service.ts";
export {
  instanceFault,
  labelFault,
  latestTimeMs,
  longestWarmUpMs,
  registryHealths,
  registryProtocols,
  serviceFault,
  serviceNameFault,
} from "./validity.ts";
