/** http-proxy-middleware in Express: paths, changed responses, errors. */
import http from 'node:http';
import express from 'express';
import { createProxyMiddleware, fixRequestBody, responseInterceptor } from 'http-proxy-middleware';
import { brief, bytes, close, collect, listen, log, show } from '../kit.mjs';

const target = http.createServer(async (req, res) => {
  res.setHeader('X-Target', req.url);
  res.end(`${req.method} ${brief(await collect(req))}`);
});
const targetUrl = await listen(target);
const app = express();
app.use('/api', createProxyMiddleware({ target: targetUrl, changeOrigin: true, pathRewrite: { '^/old': '/new' } }));
app.use(
  '/changed',
  createProxyMiddleware({
    target: targetUrl,
    selfHandleResponse: true,
    on: {
      proxyRes: responseInterceptor(async (buffer, proxyRes, _req, res) => {
        res.setHeader('X-Changed', proxyRes.statusCode);
        return buffer.toString().toUpperCase();
      }),
    },
  }),
);
app.use('/parsed', express.json(), createProxyMiddleware({ target: targetUrl, on: { proxyReq: fixRequestBody } }));
app.use('/error', createProxyMiddleware({ target: 'http://127.0.0.1:1', on: { error: (error) => log(error.code) } }));
app.use('/refused', createProxyMiddleware({ target: 'http://127.0.0.1:1' }));
const server = http.createServer(app);
const url = await listen(server);
await show(`${url}/api/a?b=c`);
await show(`${url}/api/old/a`);
await show(`${url}/api/post`, { method: 'POST', body: bytes(500_000) });
await show(`${url}/changed/a`);
await show(`${url}/parsed/a`, { method: 'POST', body: '{"a": 1}', headers: { 'content-type': 'application/json' } });
await show(`${url}/refused`);
server.closeAllConnections();
target.closeAllConnections();
await close(server);
await close(target);
