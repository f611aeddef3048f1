const http = require('statewire');
const https = require('statewire/https');

test('a round trip', (done) => {
  const server = http.createServer((req, res) => res.end(`served ${req.url}`));
  server.listen(0, '127.0.0.1', () => {
    http.get({ port: server.address().port, host: '127.0.0.1', path: '/page', agent: false }, (res) => {
      expect(res).toBeInstanceOf(http.IncomingMessage);
      expect(https.Agent.prototype).toBeInstanceOf(http.Agent);
      res.setEncoding('utf8').on('data', (text) => {
        expect(text).toBe('served /page');
        server.close(done);
      });
    });
  });
});
