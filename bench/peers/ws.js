// `ws` on Node: node ws.js PORT
'use strict';
const { createRequire } = require('node:module');
const { WebSocketServer } = createRequire(process.env.PEERS + '/')('ws');
const { obey } = require('./orders.js');

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 1024 });
server.on('connection', (socket) => {
  socket.on('message', (data) => { JSON.parse(data); });
  socket.on('error', () => socket.terminate());
});
obey((text) => {
  const message = Buffer.from(text);
  for (const socket of server.clients) { socket.send(message, { binary: false }); }
});
