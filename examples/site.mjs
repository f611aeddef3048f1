/**
 * A small site that prints all transitions of its connections, requests and responses:
 *
 *   npm start                      then open http://127.0.0.1:8080
 *   npm start -- --port 3000
 */
import { parseArgs } from 'node:util';
import http, { trace } from 'statewire';

const help = `Usage: npm start -- [--port n]

Serves a small site on 127.0.0.1 and prints the transitions of its statecharts.

  --port n   the port to listen on (the variable PORT, or 8080)
  --help     print this help`;

// ---- the pages -------------------------------------------------------------------------------------------------------

const index = `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>statewire</title>
  <style>
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
    pre { background: #eee; padding: 1rem; min-height: 3rem; white-space: pre-wrap }
  </style>
  <h1>It works</h1>
  <p>Each request from this page moves a few statecharts. Watch the terminal.</p>
  <p><button>/stream</button> <button>/slow</button> <button>/echo</button> <button>/nowhere</button></p>
  <pre></pre>
  <script>
    const output = document.querySelector('pre');
    async function show(path) {
      const options = path === '/echo' ? { method: 'POST', body: 'An echo, an echo.' } : {};
      const response = await fetch(path, options);
      output.textContent = response.status + ' ';
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) output.textContent += text;
    }
    for (const button of document.querySelectorAll('button')) button.onclick = () => show(button.textContent);
  </script>
</html>
`;

const pages = {
  '/'(_req, res) {
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.end(index);
  },

  /** Ten lines, one every 300 ms. */
  '/stream'(_req, res) {
    let line = 0;
    res.setHeader('Content-Type', 'text/plain; charset=utf-8');
    const timer = setInterval(() => {
      res.write(`line ${++line}\n`);
      if (line === 10) res.end();
    }, 300);
    res.on('close', () => clearInterval(timer));
  },

  /** Sends back the body while it arrives: curl -d hello 127.0.0.1:8080/echo */
  '/echo'(req, res) {
    res.setHeader('Content-Type', req.headers['content-type'] ?? 'text/plain');
    req.pipe(res);
  },

  /** Responds after three seconds. Close the connection before that, and see the events. */
  '/slow'(_req, res) {
    const timer = setTimeout(() => res.end('Here at last.\n'), 3000);
    res.on('close', () => clearTimeout(timer));
  },
};

function nowhere(_req, res) {
  res.writeHead(404, { 'Content-Type': 'text/plain' });
  res.end('There is no such page.\n');
}

function respond(req, res) {
  const [path] = req.url.split('?');
  const page = Object.hasOwn(pages, path) ? pages[path] : nowhere;
  page(req, res);
}

// ---- start-up --------------------------------------------------------------------------------------------------------

function fail(message) {
  console.error(message);
  process.exit(1);
}

function readOptions() {
  try {
    return parseArgs({ options: { port: { type: 'string' }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    return fail(`${error.message}\n\n${help}`);
  }
}

function readPort(text) {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) fail(`'${text}' is not a port. A port is a number from 0 to 65535.`);
  return port;
}

const options = readOptions();
if (options.help) {
  console.log(help);
  process.exit();
}

const port = readPort(options.port ?? process.env.PORT ?? '8080');
const server = http.createServer(respond);

server.on('error', (error) => {
  if (error.code === 'EADDRINUSE') {
    const other = port < 65535 ? port + 1 : 8080;
    fail(`Port ${port} is in use. To take another one, type: npm start -- --port ${other}`);
  }
  fail(error.message);
});

server.listen(port, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}  (Ctrl-C stops it)\n`);
  trace();
});

process.once('SIGINT', () => {
  server.close();
  server.closeAllConnections();
});
