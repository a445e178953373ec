import assert from "node:assert/strict";
import fc from "fast-check";
import type { Decoder, DecoderState } from "../decoder.ts";
import { type CodecError, CodecErrorCode } from "../error.ts";
import { largestAllocation } from "./allocation.ts";
import { type Chunk, chunksOf, type Cuts, cuts, uncut } from "./chunks.ts";
import { mutate, mutations } from "./mutation.ts";
import { type Property, propertyMaker, type PropertyRunOptions } from "./property.ts";

/** One message as it is on the wire, and what a decoder should make of it. */
export interface WireMessage<Message> {
  readonly bytes: Buffer;
  /** Compared by deep equality with what `DecoderSubject.messages` makes of the decoder's reports. */
  readonly message: Message;
  /** The message ends where the connection ends (HTTP/1 responses without a length): it is the last one, and a cut does not show. */
  readonly endsAtClose?: boolean;
  /** What follows belongs to another protocol: the decoder must be `handed-over` after it. The last one, too. */
  readonly handsOver?: boolean;
}

/** Bytes that must be refused, by themselves and after valid messages. */
export interface RefusedBytes {
  /** Completes the sentence "refuses …". */
  readonly name: string;
  /** The decoder must have failed once it has the last of these. */
  readonly bytes: Buffer;
  readonly code: CodecErrorCode;
}

/**
 * A decoder under test.
 *
 * @typeParam Event - what the decoder's sink hears, recorded as the subject likes
 * @typeParam Message - a whole message in a form that `node:assert` compares by value
 * @typeParam Wire - wire messages; they may carry what `open` needs to know beforehand (HTTP/1 responses: the request's method)
 */
export interface DecoderSubject<Event, Message, Wire extends WireMessage<Message> = WireMessage<Message>> {
  /**
   * A fresh decoder that calls `report` for all that its sink hears.
   *
   * @param sent - the messages whose bytes the decoder will get, perhaps damaged or cut short; empty for arbitrary bytes
   */
  open(report: (event: Event) => void, sent: readonly Wire[]): Decoder;
  /** Folds events into whole messages: pieces of a body are joined, and what there is of a last, incomplete message is dropped. */
  messages(events: readonly Event[]): readonly Message[];
  /** Valid messages of every kind. Messages that must be last are moved to the end of a sequence, and only one of them is taken. */
  readonly wire: fc.Arbitrary<Wire>;
  readonly refused: readonly RefusedBytes[];
  /** Beginnings of messages that declare far more bytes than they bring, within the limits. */
  readonly promises: readonly { readonly name: string; readonly bytes: Buffer }[];
  /** The most bytes that `buffered` may ever say. */
  readonly maxBuffered: number;
}

const codes: ReadonlySet<string> = new Set(Object.values(CodecErrorCode));

/** An allocation may be this many times what was pushed, plus `allocationSlack` bytes. */
const allocationFactor = 4;
const allocationSlack = 256 * 1024;

/** What a decoder made of its input. */
interface Outcome<Message> {
  readonly messages: readonly Message[];
  readonly state: DecoderState;
  readonly error: CodecErrorCode | undefined;
  /** Bytes taken, all chunks together. Where exactly a fault is noticed may depend on the chunks, so a failed decoder's says -1. */
  readonly taken: number;
}

/** The properties that every `Decoder` has, as the contract of `Decoder` says. */
export function decoderProperties<Event, Message, Wire extends WireMessage<Message> = WireMessage<Message>>(
  subject: DecoderSubject<Event, Message, Wire>,
  options: PropertyRunOptions = {},
): readonly Property[] {
  const check = propertyMaker(options);
  // The input of these does not vary, only the cuts do.
  const checkVector = propertyMaker({ ...options, runs: Math.ceil((options.runs ?? 100) / 5) });
  const sequence = fc.array(subject.wire, { minLength: 1, maxLength: 6 }).map(lastOnesLast);
  const messagesOf = (sent: readonly Wire[]): readonly Message[] => sent.map(({ message }) => message);

  /** Pushes chunks until the decoder stops, and checks on the way what holds at every step. Returns the number of bytes taken. */
  function feed(decoder: Decoder, chunks: readonly Chunk[]): number {
    let taken = 0;
    for (const { bytes, start } of chunks) {
      let from = start;
      let to = push(decoder, bytes, from);
      // A subject's sink may pause of its own accord (HTTP/1 does before an upgrade): go on at once.
      while (decoder.state === "paused") {
        assert.ok(to > from, "a resumed decoder goes on");
        taken += to - from;
        from = to;
        decoder.resume();
        if (from < bytes.length) to = push(decoder, bytes, from);
      }
      taken += to - from;
      if (decoder.state !== "open") break;
      assert.equal(to, bytes.length, "an open decoder takes the whole chunk");
    }
    return taken;
  }

  function push(decoder: Decoder, bytes: Buffer, from: number): number {
    const to = decoder.push(bytes, from);
    assert.ok(to >= from && to <= bytes.length, `push must return an offset in the chunk, not ${to}`);
    assert.ok(decoder.buffered >= 0 && decoder.buffered <= subject.maxBuffered, `buffered is ${decoder.buffered}`);
    assert.equal(decoder.error !== undefined, decoder.state === "failed", "error is set exactly when the state is failed");
    return to;
  }

  /** The outcome before `end()`, and with what `end()` then says and completes. */
  function decode(chunks: readonly Chunk[], sent: readonly Wire[]): { open: Outcome<Message>; closed: Outcome<Message> } {
    const length = chunks.reduce((sum, { bytes, start }) => sum + bytes.length - start, 0);
    const events: Event[] = [];
    const decoder = subject.open((event) => events.push(event), sent);
    const taken = feed(decoder, chunks);
    const outcome = (error: CodecError | undefined): Outcome<Message> => {
      if (error !== undefined) checkError(error, length);
      return {
        messages: subject.messages(events),
        state: decoder.state,
        error: error?.code,
        taken: decoder.state === "failed" ? -1 : taken,
      };
    };
    const open = outcome(decoder.error);
    return { open, closed: open.state === "open" ? outcome(decoder.end()) : open };
  }

  return [
    check("decodes what was encoded", sequence, (sent) => {
      const bytes = joined(sent);
      assert.deepEqual(decode(uncut(bytes), sent).closed, {
        messages: messagesOf(sent),
        state: sent.at(-1)?.handsOver === true ? "handed-over" : "open",
        error: undefined,
        taken: bytes.length,
      });
    }),

    check("gives the same messages however the bytes are cut", fc.tuple(sequence, cuts), ([sent, how]) => {
      const bytes = joined(sent);
      assert.deepEqual(decode(chunksOf(bytes, how), sent), decode(uncut(bytes), sent));
    }),

    check(
      "gives the same messages, and the same error, however damaged bytes are cut",
      fc.tuple(sequence, mutations, cuts),
      ([sent, damage, how]) => {
        const bytes = mutate(joined(sent), damage);
        assert.deepEqual(decode(chunksOf(bytes, how), sent), decode(uncut(bytes), sent));
      },
    ),

    check("takes any bytes without throwing", fc.tuple(fc.uint8Array({ maxLength: 256 }), cuts), ([noise, how]) => {
      const bytes = Buffer.from(noise);
      assert.deepEqual(decode(chunksOf(bytes, how), []), decode(uncut(bytes), []));
    }),

    check("says at the end whether a message was cut short", fc.tuple(sequence, fc.nat(), cuts), ([sent, position, how]) => {
      const whole = joined(sent);
      const bytes = whole.subarray(0, position % (whole.length + 1));
      const ends = endsOf(sent);
      const complete = ends.filter((end) => end <= bytes.length).length;
      const atBoundary = bytes.length === (ends[complete - 1] ?? 0);
      const { closed } = decode(chunksOf(bytes, how), sent);
      if (sent[complete]?.endsAtClose === true && !atBoundary) return;
      assert.deepEqual(closed.messages, messagesOf(sent.slice(0, complete)));
      assert.equal(closed.error, atBoundary ? undefined : CodecErrorCode.Truncated);
    }),

    check(
      "reads nothing beyond a message",
      fc.tuple(subject.wire, fc.option(mutations), fc.uint8Array({ minLength: 1, maxLength: 64 })),
      ([wire, damage, noise]) => {
        const bytes = damage === null ? wire.bytes : mutate(wire.bytes, damage);
        const alone = decode(uncut(bytes), [wire]).open;
        const followed = decode(uncut(Buffer.concat([bytes, noise])), [wire]).open;
        assert.deepEqual(followed.messages.slice(0, alone.messages.length), alone.messages);
        if (alone.state === "failed") assert.deepEqual(followed, alone);
      },
    ),

    check("pauses after a message, and goes on from there", fc.tuple(sequence, cuts), ([sent, how]) => {
      const events: Event[] = [];
      const decoder = subject.open((event) => {
        events.push(event);
        decoder.pause();
      }, sent);
      let pauses = 0;
      for (const { bytes, start } of chunksOf(joined(sent), how)) {
        let from = start;
        for (;;) {
          const before = subject.messages(events).length;
          from = push(decoder, bytes, from);
          assert.ok(subject.messages(events).length <= before + 1, "nothing is reported beyond the message that was paused at");
          if (decoder.state !== "paused") break;
          const { length } = events;
          assert.equal(decoder.push(bytes, from), from, "a paused decoder takes nothing");
          assert.equal(events.length, length, "a paused decoder reports nothing");
          pauses += 1;
          decoder.resume();
          assert.equal(decoder.state, "open");
        }
      }
      if (decoder.state === "open") assert.equal(decoder.end(), undefined);
      assert.deepEqual(subject.messages(events), messagesOf(sent));
      assert.ok(pauses >= sent.filter((wire) => wire.endsAtClose !== true && wire.handsOver !== true).length);
    }),

    check("leaves what follows a hand-over to the caller", fc.tuple(sequence, fc.uint8Array({ maxLength: 16 })), ([sent, rest]) => {
      if (sent.at(-1)?.handsOver !== true) return;
      const bytes = joined(sent);
      const { open } = decode(uncut(Buffer.concat([bytes, rest])), sent);
      assert.equal(open.state, "handed-over");
      assert.equal(open.taken, bytes.length);
    }),

    checkVector("stays failed", fc.tuple(fc.constantFrom(...subject.refused), sequence), ([{ bytes }, sent]) => {
      const events: Event[] = [];
      const decoder = subject.open((event) => events.push(event), []);
      decoder.push(bytes);
      const { error } = decoder;
      const { length } = events;
      assert.equal(decoder.push(joined(sent)), 0);
      decoder.pause();
      decoder.resume();
      assert.equal(decoder.push(joined(sent)), 0);
      assert.equal(decoder.state, "failed");
      assert.equal(decoder.error, error);
      assert.equal(events.length, length);
      assert.equal(decoder.buffered, 0, "a failed decoder holds no bytes");
    }),

    ...subject.refused.map(({ name, bytes, code }) =>
      checkVector(`refuses ${name}`, fc.tuple(fc.array(subject.wire, { maxLength: 2 }), cuts), ([some, how]) => {
        const sent = some.filter((wire) => wire.endsAtClose !== true && wire.handsOver !== true);
        const { open } = decodeModestly(Buffer.concat([joined(sent), bytes]), how, sent);
        assert.equal(open.state, "failed");
        assert.equal(open.error, code);
        assert.deepEqual(open.messages, messagesOf(sent));
      }),
    ),

    ...subject.promises.map(({ name, bytes }) =>
      checkVector(`allocates nothing for what has not come: ${name}`, cuts, (how) => {
        const { open, closed } = decodeModestly(bytes, how, []);
        assert.equal(open.state, "open");
        assert.equal(closed.error, CodecErrorCode.Truncated);
      }),
    ),
  ];

  /** Decodes, and sees to it that no allocation is out of proportion to the input. */
  function decodeModestly(bytes: Buffer, how: Cuts, sent: readonly Wire[]): ReturnType<typeof decode> {
    const chunks = chunksOf(bytes, how);
    const { result, largest } = largestAllocation(() => decode(chunks, sent));
    const allowed = bytes.length * allocationFactor + allocationSlack;
    assert.ok(largest <= allowed, `${largest} bytes were allocated at once for ${bytes.length} bytes of input`);
    return result;
  }
}

function checkError(error: CodecError, length: number): void {
  assert.ok(codes.has(error.code), `${error.code} is no code of the catalogue`);
  assert.ok(
    Number.isInteger(error.offset) && error.offset >= 0 && error.offset <= length,
    `offset ${error.offset} is outside of the input`,
  );
}

function joined(sent: readonly WireMessage<unknown>[]): Buffer {
  return Buffer.concat(sent.map(({ bytes }) => bytes));
}

function endsOf(sent: readonly WireMessage<unknown>[]): readonly number[] {
  let end = 0;
  return sent.map(({ bytes }) => (end += bytes.length));
}

function lastOnesLast<Wire extends WireMessage<unknown>>(sent: readonly Wire[]): readonly Wire[] {
  const isLast = (wire: Wire): boolean => wire.endsAtClose === true || wire.handsOver === true;
  return [...sent.filter((wire) => !isLast(wire)), ...sent.filter(isLast).slice(0, 1)];
}
