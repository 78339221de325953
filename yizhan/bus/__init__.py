"""How messages travel: RabbitMQ, the outbox and its relay, the inbox, RPC."""
