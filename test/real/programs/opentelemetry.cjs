/** OpenTelemetry's instrumentation of http: the spans of servers and clients, and what connects them. */
const { trace, context, SpanKind } = require('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { propagation } = require('@opentelemetry/api');

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator({
  inject: (from, carrier, setter) => setter.set(carrier, 'x-trace', trace.getSpanContext(from)?.traceId ?? ''),
  extract: (into, carrier, getter) => {
    const traceId = getter.get(carrier, 'x-trace');
    return traceId
      ? trace.setSpanContext(into, { traceId, spanId: '1234567812345678', traceFlags: 1, isRemote: true })
      : into;
  },
  fields: () => ['x-trace'],
});
const exporter = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const instrumentation = new HttpInstrumentation({
  requestHook: (span) => span.setAttribute('hooked', 'request'),
  responseHook: (span) => span.setAttribute('answered', true),
  ignoreOutgoingRequestHook: ({ path }) => path === '/ignored',
  headersToSpanAttributes: {
    server: { requestHeaders: ['x-a'], responseHeaders: ['x-b'] },
    client: { responseHeaders: ['x-b'] },
  },
});
registerInstrumentations({ tracerProvider, instrumentations: [instrumentation] });

const http = require('node:http');

const CHANGING = /port|\btime|user_agent|peer\.address|network\.peer/;
/** The spans that have ended since the last call. */
function show(log, name, port) {
  const finished = exporter
    .getFinishedSpans()
    .sort((a, b) => a.kind - b.kind || (a.attributes['http.target'] > b.attributes['http.target'] ? 1 : -1));
  exporter.reset();
  log(name, finished.length, new Set(finished.map((span) => span.spanContext().traceId)).size);
  for (const { name: title, kind, attributes, status, events } of finished) {
    const kept = Object.entries(attributes)
      .filter(([key]) => !CHANGING.test(key))
      .sort();
    log(
      '  ',
      title,
      SpanKind[kind],
      status,
      events.map((event) => event.name),
      JSON.stringify(kept).replaceAll(port, 'PORT'),
    );
  }
}

async function main() {
  const { brief, bytes, close, collect, listen, log, rest } = await import('../kit.mjs');
  const server = http.createServer(async (req, res) => {
    res.setHeader('X-B', 'b');
    const active = trace.getActiveSpan() !== undefined;
    if (req.url === '/cut') return req.socket.destroy();
    if (req.url === '/status') return res.writeHead(503).end();
    if (req.url === '/never') return undefined;
    if (req.url === '/nested') {
      return http.get(`${url}/inner`, (inner) =>
        inner.resume().on('end', () => res.end(`nested ${trace.getActiveSpan() !== undefined}`)),
      );
    }
    const sum = brief(await collect(req));
    return res.end(`${active} ${trace.getActiveSpan() !== undefined} ${sum}`);
  });
  const url = await listen(server);
  const { port } = new URL(url);
  async function ask(name, path, { body, act, ...options } = {}) {
    const request = http.request(url + path, options);
    const settled = new Promise((resolve) => {
      request.on('error', (error) => resolve(log(name, error.code ?? error.message)));
      request.on('response', async (response) =>
        resolve(log(name, response.statusCode, brief(await collect(response)))),
      );
    });
    act?.(request);
    request.end(body);
    await settled;
    await rest();
    show(log, name, port);
  }
  await ask('get', '/?a=b');
  await ask('fields', '/', { headers: { 'x-a': 'a' } });
  await ask('post', '/', { method: 'POST', body: bytes(100_000) });
  await ask('keep-alive', '/', { agent: new http.Agent({ keepAlive: true }) });
  await ask('nested', '/nested');
  await ask('status', '/status');
  await ask('cut', '/cut');
  await ask('ignored', '/ignored');
  await ask('destroyed', '/never', { act: (request) => setTimeout(() => request.destroy(), 30) });
  await ask('timeout', '/never', {
    timeout: 30,
    act: (request) => request.on('timeout', () => request.destroy(new Error('late'))),
  });
  await new Promise((resolve) => http.get(`${url}/get`, (response) => response.resume().on('close', resolve)));
  await rest();
  show(log, 'get()', port);
  await trace.getTracer('mine').startActiveSpan('outer', async (span) => {
    await ask('child', '/');
    span.end();
  });
  instrumentation.disable();
  await ask('disabled', '/');
  server.closeAllConnections();
  await close(server);
}

main();
