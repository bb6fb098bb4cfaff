// node examples/server.mjs [port]
// POST /map with rows as JSON ([[1, 2, ...], ...]) answers with their map. The work stops when the client goes.
import { createServer } from 'node:http';
import { TSNE } from 'global-object-embedder';

const server = createServer(async (request, response) => {
  const controller = new AbortController();
  response.on('close', () => controller.abort(new Error('the client went')));
  try {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const rows = JSON.parse(Buffer.concat(pieces).toString());
    const { embedding } = await TSNE.fit(rows, { signal: controller.signal });
    response.end(JSON.stringify({ rows: embedding.rows, map: [...embedding.data] }));
  } catch (error) {
    console.error(error.message);
    if (!response.destroyed) response.writeHead(400).end(JSON.stringify({ error: error.message }));
  }
});
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => console.log(server.address().port));
