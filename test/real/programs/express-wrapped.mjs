/** Express 4 and 5 below a function that calls them. */
import http from 'node:http';
import express from 'express';
import express4 from 'express4';
import { run } from './express.mjs';

for (const made of [express4, express]) {
  await run(made, { createServer: (app) => http.createServer((req, res) => app(req, res)) });
}
