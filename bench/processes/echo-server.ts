import { serve } from '@hono/node-server';
import { Hono } from 'hono';

/** The yardstick: the same HTTP server and framework doing nothing but reading the JSON and answering with it. */
const app = new Hono();
app.post('/notify', async (context) => context.json(await context.req.json(), 202));

process.once('message', () => {
  serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => process.send?.({ port }));
});
process.once('disconnect', () => process.exit());
