// One JavaScript client of Amazon Bedrock, run by main.go: node clients.mjs NAME < jobs.
// A job is a line of JSON: {"operation", "url", "auth": {...}}. The result is one, too: {"text"} or {"error"}.
import { createInterface } from "node:readline";

const region = "us-east-1", prompt = "Hello";
const modelId = "anthropic.claude-3-haiku-20240307-v1:0";

// What differs between signing and an API key.
const keys = auth => ({ accessKeyId: auth.id, secretAccessKey: auth.secret });

// sdk is @aws-sdk/client-bedrock-runtime, over HTTP/2 or with the handler for HTTP/1.1.
async function sdk(http1) {
  const aws = await import("@aws-sdk/client-bedrock-runtime");
  const { NodeHttpHandler } = await import("@smithy/node-http-handler");
  const call = ({ url, auth }, command) => new aws.BedrockRuntimeClient({
    region, endpoint: url,
    ...(http1 ? { requestHandler: new NodeHttpHandler() } : {}),
    ...(auth.token ? { token: { token: auth.token }, authSchemePreference: ["httpBearerAuth"] } : { credentials: keys(auth) }),
  }).send(command);
  const body = JSON.stringify({ anthropic_version: "bedrock-2023-05-31", max_tokens: 9, messages: [{ role: "user", content: prompt }] });
  const messages = [{ role: "user", content: [{ text: prompt }] }];
  const json = bytes => JSON.parse(new TextDecoder().decode(bytes));
  const collect = async (events, textOf) => {
    let text = "";
    for await (const e of events) text += textOf(e) ?? "";
    return text;
  };
  const operations = {
    InvokeModel: async job => json((await call(job, new aws.InvokeModelCommand({ modelId, body, contentType: "application/json" }))).body).content[0].text,
    InvokeModelWithResponseStream: async job => {
      const out = await call(job, new aws.InvokeModelWithResponseStreamCommand({ modelId, body, contentType: "application/json" }));
      return collect(out.body, e => json(e.chunk.bytes).delta?.text);
    },
    Converse: async job => (await call(job, new aws.ConverseCommand({ modelId, messages }))).output.message.content[0].text,
    ConverseStream: async job => collect((await call(job, new aws.ConverseStreamCommand({ modelId, messages }))).stream, e => e.contentBlockDelta?.delta.text),
    CountTokens: async job => String((await call(job, new aws.CountTokensCommand({ modelId, input: { converse: { messages } } }))).inputTokens),
  };
  if (!http1) operations.InvokeModelWithBidirectionalStream = async job => {
    const input = async function* () {
      for (let i = 0; i < 3; i++) yield { chunk: { bytes: new TextEncoder().encode(`{"event":{"textInput":{"content":"${i}"}}}`) } };
    };
    const out = await call(job, new aws.InvokeModelWithBidirectionalStreamCommand({ modelId: "amazon.nova-sonic-v1:0", body: input() }));
    return collect(out.body, e => json(e.chunk.bytes).event.textOutput?.content);
  };
  return operations;
}

async function anthropic() {
  const { AnthropicBedrock } = await import("@anthropic-ai/bedrock-sdk");
  const request = { model: modelId, max_tokens: 9, messages: [{ role: "user", content: prompt }] };
  const client = ({ url, auth }) => new AnthropicBedrock({
    awsRegion: region, baseURL: url,
    ...(auth.token ? { apiKey: auth.token } : { awsAccessKey: auth.id, awsSecretKey: auth.secret }),
  });
  return {
    InvokeModel: async job => (await client(job).messages.create(request)).content[0].text,
    InvokeModelWithResponseStream: async job => {
      let text = "";
      for await (const e of await client(job).messages.create({ ...request, stream: true })) text += e.delta?.text ?? "";
      return text;
    },
  };
}

async function langchain() {
  const { ChatBedrockConverse } = await import("@langchain/aws");
  const client = ({ url, auth }) => new ChatBedrockConverse({
    model: modelId, region, endpointHost: url.replace("https://", ""), maxRetries: 0,
    ...(auth.token ? { bedrockBearerToken: auth.token } : { credentials: keys(auth) }),
  });
  return {
    Converse: async job => (await client(job).invoke(prompt)).text,
    ConverseStream: async job => {
      let text = "";
      for await (const chunk of await client(job).stream(prompt)) text += chunk.text;
      return text;
    },
  };
}

async function vercel() {
  const { createAmazonBedrock } = await import("@ai-sdk/amazon-bedrock");
  const { generateText, streamText } = await import("ai");
  const model = ({ url, auth }) => createAmazonBedrock({
    region, baseURL: url, ...(auth.token ? { apiKey: auth.token } : keys(auth)),
  })(modelId);
  return {
    Converse: async job => (await generateText({ model: model(job), prompt })).text,
    ConverseStream: async job => {
      let text = "";
      // textStream has no errors; fullStream has them as parts.
      for await (const part of streamText({ model: model(job), prompt, onError() {} }).fullStream) {
        if (part.type === "error") throw part.error;
        if (part.type === "text-delta") text += part.text;
      }
      return text;
    },
  };
}

const clients = { "sdk-http2": () => sdk(false), "sdk-http1": () => sdk(true), anthropic, langchain, vercel };

const operations = await clients[process.argv[2]]();
for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  let result, timer;
  try {
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(Object.assign(new Error("no result after 60 s"), { name: "Hung" })), 60_000); });
    result = { text: await Promise.race([operations[job.operation](job), late]) };
  } catch (e) {
    result = { error: `${e.name ?? e}: ${e.message ?? ""}` };
  }
  clearTimeout(timer);
  process.stdout.write(JSON.stringify(result) + "\n");
}
process.exit(0);
