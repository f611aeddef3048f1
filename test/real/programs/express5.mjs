/** Express 5. */
import http from 'node:http';
import express from 'express';
import { run } from './express.mjs';

await run(express, http);
