import { fork, isPrimary } from 'node:cluster';
import http from 'node:http';

if (isPrimary) fork();
else http.createServer((_req, res) => res.end()).listen(3000);
