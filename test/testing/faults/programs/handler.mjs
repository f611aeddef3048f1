export default (_req, res) => res.end('ok');
