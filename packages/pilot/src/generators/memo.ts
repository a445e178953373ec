class Node<Value extends object> {
  value: Value | undefined = undefined;
  next: WeakMap<object, Node<Value>> | undefined = undefined;
}

/**
 * What was made from objects that do not change, by their identity. It is kept as long as all of them live: when one of a snapshot's parts
 * is replaced, what was made of the old one goes with it.
 */
export class Memo<Value extends object> {
  readonly #root = new Node<Value>();

  get(parts: readonly object[], make: () => Value): Value {
    let node = this.#root;
    for (const part of parts) {
      node.next ??= new WeakMap();
      let next = node.next.get(part);
      if (next === undefined) {
        next = new Node();
        node.next.set(part, next);
      }
      node = next;
    }
    node.value ??= make();
    return node.value;
  }
}

/** Stands for a part that is not there. */
export const absent: object = Object.freeze({});
