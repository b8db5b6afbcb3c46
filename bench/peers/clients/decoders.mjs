// The event-stream codec of the AWS SDK for JavaScript, run by main.go: node decoders.mjs < streams.
// A line is a stream in base64. The result is a line of JSON: the frames, each with its headers, its payload and the
// frame that the codec encodes from them, and the error that the stream ended with, if there is one.
import { createInterface } from "node:readline";
import { EventStreamCodec, MessageDecoderStream, getChunkedStream } from "@smithy/core/event-streams";
import { fromUtf8, toUtf8 } from "@smithy/core/serde";

const hex = bytes => Buffer.from(bytes).toString("hex");

// Each header as [type, text], named as package frametest names them.
const forms = {
  boolean: v => [String(v), ""],
  byte: v => ["int8", String(v)],
  short: v => ["int16", String(v)],
  integer: v => ["int32", String(v)],
  long: v => ["int64", String(Buffer.from(v.bytes).readBigInt64BE())],
  binary: v => ["bytes", hex(v)],
  string: v => ["string", v],
  timestamp: v => ["timestamp", String(v.getTime())],
  uuid: v => ["uuid", v.replaceAll("-", "")],
};

for await (const line of createInterface({ input: process.stdin })) {
  const stream = Uint8Array.from(Buffer.from(line, "base64"));
  const codec = new EventStreamCodec(toUtf8, fromUtf8);
  const result = { frames: [] };
  try {
    const source = (async function* () { if (stream.length > 0) yield stream; })();
    for await (const { headers, body } of new MessageDecoderStream({ inputStream: getChunkedStream(source), decoder: codec })) {
      const one = { headers: Object.entries(headers).map(([name, h]) => [name, ...forms[h.type](h.value)]), payload: hex(body) };
      try {
        one.encoded = Buffer.from(codec.encode({ headers, body })).toString("base64");
      } catch (e) {
        one.refused = String(e);
      }
      result.frames.push(one);
    }
  } catch (e) {
    result.error = String(e);
  }
  process.stdout.write(JSON.stringify(result) + "\n");
}
