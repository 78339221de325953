// socket.io on Node: node socketio.js PORT
'use strict';
const http = require('node:http');
const { createRequire } = require('node:module');
const { Server } = createRequire(process.env.PEERS + '/')('socket.io');
const { obey } = require('./orders.js');

const server = http.createServer();
const io = new Server(server, { transports: ['websocket'], serveClient: false });
server.listen(Number(process.argv[2]), '127.0.0.1', 1024);
obey((text) => io.emit('update', text));
