const allocators = ["alloc", "allocUnsafe", "allocUnsafeSlow"] as const;

type Allocate = (size: number, fill?: string | Uint8Array | number, encoding?: BufferEncoding) => Buffer;

/**
 * The most bytes that one call to a `Buffer` allocator asked for while `run` ran, or that the process' array buffers grew by, whichever is
 * more: the first sees memory that is dropped at once, the second memory that was got in another way.
 */
export function largestAllocation<Result>(run: () => Result): { result: Result; largest: number } {
  const originals = allocators.map((name) => [name, Object.getOwnPropertyDescriptor(Buffer, name) ?? {}] as const);
  let largest = 0;
  for (const name of allocators) {
    const allocate: Allocate = Buffer[name].bind(Buffer);
    const value: Allocate = (size, ...rest) => {
      largest = Math.max(largest, size);
      return allocate(size, ...rest);
    };
    Object.defineProperty(Buffer, name, { value, configurable: true, writable: true });
  }
  const before = process.memoryUsage().arrayBuffers;
  try {
    const result = run();
    return { result, largest: Math.max(largest, process.memoryUsage().arrayBuffers - before) };
  } finally {
    for (const [name, original] of originals) Object.defineProperty(Buffer, name, original);
  }
}
