/** Work that ends in a value and can be left off at each `yield`, to be gone on with in another turn of the event loop. */
export type Steps<Value> = Generator<void, Value, void>;

/** Does all of it at once. */
export function finish<Value>(steps: Steps<Value>): Value {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
