exports.app = (_req, res) => res.end('ok');
