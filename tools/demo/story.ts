import { setTimeout as delay } from "node:timers/promises";
import type { Application } from "./applications.ts";
import type { TrafficFile } from "./istio-files.ts";
import type { Traffic, Version } from "./traffic.ts";

export interface StoryOptions {
  readonly rules: TrafficFile;
  readonly applications: readonly Application[];
  readonly traffics: readonly Traffic[];
  /** Milliseconds between two events, at least. */
  readonly paceMs: number;
  /** How often it is told; it ends sooner when it is stopped. */
  readonly rounds: number;
  readonly stopped: AbortSignal;
  readonly say: (text: string) => void;
}

const pollMs = 50;
/** A version that has not answered for so long gets no calls any more. */
const quietMs = 1000;

/** Shifts calls to v2 step by step, kills an instance of v2 and starts it again, and goes back to v1; again and again. */
export class Story {
  readonly #options: StoryOptions;
  #v2 = 0;
  #isYours = false;

  constructor(options: StoryOptions) {
    this.#options = options;
  }

  /** The rule in force, for people. To be asked now and then: so it is noticed that somebody else has changed it. */
  describeRule(): string {
    this.#noticeEdit();
    return this.#isYours ? "yours: the demo leaves traffic.yaml alone" : `v1 ${100 - this.#v2} %, v2 ${this.#v2} %`;
  }

  async tell(): Promise<void> {
    const { rounds, stopped } = this.#options;
    for (let round = 0; round < rounds && !stopped.aborted; round++) {
      await this.#pause();
      for (const v2 of [10, 50, 100]) await this.#shift(v2);
      await this.#loseOne();
      await this.#shift(0);
    }
  }

  #pause(): Promise<void> {
    return delay(this.#options.paceMs, undefined, { signal: this.#options.stopped }).catch(() => {});
  }

  async #shift(v2: number): Promise<void> {
    const { rules, say, stopped } = this.#options;
    if (stopped.aborted) return;
    this.#noticeEdit();
    if (this.#isYours) return this.#pause();
    rules.shift(v2);
    this.#v2 = v2;
    const began = performance.now();
    say(`traffic.yaml: v1 gets ${100 - v2} %, v2 ${v2} %`);
    await this.#pause();
    await this.#until(() => this.#isYours || this.#isSeen(v2));
    const left = v2 === 100 ? "v1" : v2 === 0 ? "v2" : undefined;
    if (left === undefined || this.#isYours || stopped.aborted) return;
    say(`${left} answered its last call ${Math.max(0, this.#lastAnswer(left) - began).toFixed(0)} ms after the change`);
  }

  #noticeEdit(): void {
    if (this.#isYours || !this.#options.rules.isEdited) return;
    this.#isYours = true;
    this.#options.say("you have changed traffic.yaml: from now on the demo leaves it alone");
  }

  #isSeen(v2: number): boolean {
    const recent = performance.now() - quietMs;
    const answers = (version: Version): boolean[] => this.#options.traffics.map((traffic) => traffic.lastAt(version) > recent);
    const areIn = (version: Version, wanted: boolean): boolean => answers(version).every((isIn) => isIn === wanted);
    return areIn("v1", v2 < 100) && areIn("v2", v2 > 0);
  }

  #lastAnswer(version: Version): number {
    return Math.max(...this.#options.traffics.map((traffic) => traffic.lastAt(version)));
  }

  async #until(condition: () => boolean): Promise<void> {
    const { stopped } = this.#options;
    while (!stopped.aborted && !condition()) await delay(pollMs);
  }

  async #loseOne(): Promise<void> {
    const { applications, say, stopped } = this.#options;
    const victim = applications.at(-1);
    if (victim === undefined || stopped.aborted) return;
    say(`${victim.id} is killed (SIGKILL)`);
    await victim.kill();
    if (stopped.aborted) return;
    say(`the registry has ${victim.id} no more`);
    await this.#pause();
    if (stopped.aborted) return;
    await victim.start();
    say(`${victim.id} is back`);
    await this.#pause();
  }
}
