import { get } from 'node:http';

const readyPatienceMs = 20_000;
/** After a start the engine still compiles for a moment. */
export const settlingMs = 1_000;

/** Waits until the program on this port says that it is ready. */
export async function ready(port: number): Promise<void> {
  const deadline = performance.now() + readyPatienceMs;
  while ((await statusOf(port)) !== 200) {
    if (performance.now() > deadline) throw new Error(`not ready within ${readyPatienceMs} ms`);
    await pause(5);
  }
}

/** By the plain HTTP module: loading `fetch` would take as long as what is measured. */
function statusOf(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    request.on('error', reject);
  });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
