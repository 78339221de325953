// Reads a queue of events, live or replayed, and prints one line for each that is news.
//
//   YIZHAN_AMQP=amqp://user:password@host/vhost node consume.js ext.<name>.events [count]
import amqp from "amqplib";

const [queue, count] = [process.argv[2], Number(process.argv[3] ?? 0)];
const connection = await amqp.connect(process.env.YIZHAN_AMQP);
const channel = await connection.createChannel();
await channel.prefetch(100);

const seen = new Set(); // in production a table: at least once means that an id may come again
const newest = new Map(); // subject → sequence: an older one never overwrites a newer
let printed = 0;

await channel.consume(queue, (message) => {
  if (message === null) return end(1); // the queue is gone: suspended or revoked
  const event = JSON.parse(message.content.toString());
  if (event.type === "notify.replay.ended.v1") {
    channel.ack(message);
    console.log(JSON.stringify({ ended: event.data.replay_id, events: event.data.events }));
    return end(0);
  }
  if (!seen.has(event.id) && event.sequence > (newest.get(event.subject) ?? 0)) {
    seen.add(event.id);
    newest.set(event.subject, event.sequence);
    console.log(JSON.stringify({ type: event.type, subject: event.subject, station: event.station }));
    printed += 1;
  }
  channel.ack(message); // only after the work is done: what is not acked comes again
  if (count && printed >= count) end(0);
});
console.log(JSON.stringify({ listening: queue }));

async function end(code) {
  await channel.close().catch(() => {});
  await connection.close().catch(() => {});
  process.exit(code);
}
