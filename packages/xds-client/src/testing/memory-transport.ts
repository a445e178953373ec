import type { XdsTransport } from "../transport/transport.ts";
import type { FakeStreamInput, FakeStreamOutput } from "./fake-server.ts";

/** A transport without sockets: each message arrives in a microtask of its own, in order. */
export function memoryTransport(open: (path: string, output: FakeStreamOutput) => FakeStreamInput | undefined): XdsTransport {
  const streams = new Set<() => void>();
  return {
    open: (path, handlers) => {
      let isOpen = true;
      let input: FakeStreamInput | undefined;
      const soon = (task: () => void): void => queueMicrotask(() => isOpen && task());
      const end = (): void => {
        isOpen = false;
        streams.delete(cancel);
      };
      const cancel = (): void => {
        if (!isOpen) return;
        end();
        input?.closed();
      };
      streams.add(cancel);
      const output: FakeStreamOutput = {
        send: (bytes) => soon(() => handlers.onMessage(bytes)),
        end: (code, details) =>
          soon(() => {
            end();
            handlers.onClose({ code, details });
          }),
      };
      soon(() => {
        input = open(path, output);
        if (input) handlers.onOpen();
      });
      return {
        send: (bytes) => {
          soon(() => input?.receive(bytes));
          return true;
        },
        cancel,
      };
    },
    close: () => {
      for (const cancel of streams) cancel();
    },
  };
}
