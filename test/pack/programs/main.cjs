const http = require('statewire');

const server = http.createServer((req, res) => res.end(`served ${req.url}`));
server.listen(0, '127.0.0.1', () => {
  http.get({ port: server.address().port, host: '127.0.0.1', path: '/page', agent: false }, (res) => {
    res.setEncoding('utf8').on('data', (text) => console.log(text));
    server.close();
  });
});
