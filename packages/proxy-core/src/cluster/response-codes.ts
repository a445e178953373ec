import type { Counter, StatsScope } from "../stats/index.ts";

/** Statuses that get counters of their own, as in Envoy. */
const firstStatus = 100;
const lastStatus = 599;

/** Responses in total, by class and by status: `upstream_rq_completed`, `upstream_rq_2xx`, `upstream_rq_200`. */
export class ResponseCodes {
  readonly #scope: StatsScope;
  readonly #prefix: string;
  readonly #completed: Counter;
  readonly #byStatus: (Counter | undefined)[] = [];
  readonly #byClass: (Counter | undefined)[] = [];

  /** @param prefix `""`, or what the responses have in common: `external.` */
  constructor(scope: StatsScope, prefix: string) {
    this.#scope = scope;
    this.#prefix = prefix;
    this.#completed = scope.counter(`${prefix}upstream_rq_completed`);
  }

  count(httpStatus: number): void {
    this.#completed.inc();
    if (httpStatus < firstStatus || httpStatus > lastStatus) return;
    const exact = this.#byStatus[httpStatus - firstStatus] ?? this.#addStatus(httpStatus);
    exact.inc();
    const classOf = Math.trunc(httpStatus / 100);
    const group = this.#byClass[classOf] ?? this.#addClass(classOf);
    group.inc();
  }

  #addStatus(httpStatus: number): Counter {
    const counter = this.#scope.counter(`${this.#prefix}upstream_rq_${httpStatus}`);
    this.#byStatus[httpStatus - firstStatus] = counter;
    return counter;
  }

  #addClass(classOf: number): Counter {
    const counter = this.#scope.counter(`${this.#prefix}upstream_rq_${classOf}xx`);
    this.#byClass[classOf] = counter;
    return counter;
  }
}
