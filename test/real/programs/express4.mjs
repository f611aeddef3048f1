/** Express 4. */
import http from 'node:http';
import express from 'express4';
import { run } from './express.mjs';

await run(express, http);
