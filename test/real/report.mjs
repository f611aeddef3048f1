/** Sends the parent process the port of each HTTP server that listens, and whether it is statewire's. */
import net from 'node:net';
import http from '../../dist/index.mjs';

const { listen } = net.Server.prototype;

net.Server.prototype.listen = function (...args) {
  this.once('listening', () => {
    const isOurs = this instanceof http.Server;
    if (isOurs || 'requestTimeout' in this) process.send({ port: this.address().port, isOurs });
  });
  return listen.apply(this, args);
};
