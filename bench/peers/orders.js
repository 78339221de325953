// Orders for the Node peers: updates on an open-loop schedule.
'use strict';
const readline = require('node:readline');

function moment(at) {
  const whole = Math.floor(at);
  const micros = String(Math.round((at - whole) * 1000)).padStart(3, '0').slice(0, 3);
  return new Date(whole).toISOString().replace('Z', micros + 'Z');
}

const now = () => performance.timeOrigin + performance.now();

/** Carry out orders from standard input until it ends; send(text) writes to every connection. */
exports.obey = function (send) {
  const orders = [];
  let busy = false;
  function next() {
    const order = orders.shift();
    busy = order !== undefined;
    if (!busy) { return; }
    const started = now();
    let number = 0;
    (function step() {
      if (number === order.count) { next(); return; }
      const due = started + (number * 1000) / order.rate;
      if (due > now()) { setTimeout(step, due - now()); return; }
      number += 1;
      send(order.head + moment(due) + order.tail);
      setImmediate(step);
    })();
  }
  const lines = readline.createInterface({ input: process.stdin });
  lines.on('line', (line) => { orders.push(JSON.parse(line)); if (!busy) { next(); } });
  lines.on('close', () => process.exit(0));
};
