"""How processes of one workspace talk: messages, the pooled client, the one-shot client, and starting the daemon."""
