import { clusterType, endpointsType, listenerType, routeConfigurationType } from "@mesh/xds-client";
import { createFakeControlPlane, type FakeControlPlane } from "@mesh/xds-client/testing";
import { makeEndpoints, makeServices } from "./resources.ts";

/** A control plane whose services' endpoints move between two ports. */
export class MovingPlane {
  readonly count: number;
  readonly #plane: FakeControlPlane;
  readonly #ports: readonly [number, number];
  /** By service: which of the ports. */
  readonly #at: (0 | 1)[];

  private constructor(plane: FakeControlPlane, count: number, ports: readonly [number, number]) {
    this.count = count;
    this.#plane = plane;
    this.#ports = ports;
    this.#at = Array.from({ length: count }, () => 0);
  }

  /** @param port of the proxy */
  static async start(count: number, port: number, ports: readonly [number, number]): Promise<MovingPlane> {
    const plane = await createFakeControlPlane();
    const { listener, routes, clusters } = makeServices(count, port);
    plane.batch(() => {
      plane.set(listenerType, [listener]);
      plane.set(routeConfigurationType, [routes]);
      plane.set(clusterType, clusters);
      plane.set(
        endpointsType,
        clusters.map((_, index) => makeEndpoints(index, ports[0])),
      );
    });
    return new MovingPlane(plane, count, ports);
  }

  get address(): string {
    return this.#plane.address;
  }

  /** Where a service is now. */
  portOf(service: number): number {
    return this.#ports[this.#at[service] ?? 0];
  }

  /** Moves a service to the other port. When it returns, the response has been handed to the connection. */
  move(service: number): void {
    this.#at[service] = this.#at[service] === 1 ? 0 : 1;
    this.#plane.set(endpointsType, [makeEndpoints(service, this.portOf(service))]);
  }

  /** Moves a service, and waits until the proxy has said that it took the change. */
  async moveAndWait(service: number): Promise<void> {
    const last = this.#lastAnswer();
    this.move(service);
    await this.#answerAfter(last);
  }

  /** Waits until the proxy has asked for the endpoints of all services, and has taken them. */
  async taken(): Promise<void> {
    const asked = new Set<string>();
    let last = 0;
    await this.#plane.waitFor(({ typeUrl, names, nonce }) => {
      if (typeUrl !== endpointsType.typeUrl) return false;
      for (const name of names) asked.add(name);
      last = Number(nonce);
      return asked.size === this.count;
    });
    await this.#answerAfter(last);
  }

  #lastAnswer(): number {
    return Number(this.#plane.requests.findLast(({ typeUrl }) => typeUrl === endpointsType.typeUrl)?.nonce ?? 0);
  }

  async #answerAfter(nonce: number): Promise<void> {
    const { kind, error } = await this.#plane.waitFor((request) => {
      return request.typeUrl === endpointsType.typeUrl && request.kind !== "request" && Number(request.nonce) > nonce;
    });
    if (kind === "nack") throw new Error(`an endpoint was refused: ${error}`);
  }
}
