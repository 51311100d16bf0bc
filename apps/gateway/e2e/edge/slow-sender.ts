import { connect } from 'node:net';

/** Sends these bytes one a second, after a beginning that goes at once; how long the gateway bore it, and what it said. */
export function slowSender(
  url: string,
  beginning: string,
  drops: string,
): Promise<{ readonly closedAfterMs: number; readonly text: string }> {
  const { hostname, port } = new URL(url);
  const startedAt = Date.now();
  return new Promise((resolve) => {
    let text = '';
    let place = 0;
    const socket = connect(Number(port), hostname, () => socket.write(beginning));
    const drip = setInterval(() => drops !== '' && socket.write(drops[place++ % drops.length] ?? ''), 1_000);
    socket.on('data', (part) => {
      text += part.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(drip);
      resolve({ closedAfterMs: Date.now() - startedAt, text });
    });
  });
}
