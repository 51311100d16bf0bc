import { breachOf } from './contract.ts';

/** In what the answers on one connection break the contract: several requests may have come over it. */
export function breachesIn(text: string): readonly string[] {
  const breaches: string[] = [];
  let rest = text;
  while (rest !== '') {
    const [head = '', ...behind] = rest.split('\r\n\r\n');
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(status)) return [...breaches, `no answer: ${JSON.stringify(rest.slice(0, 200))}`];
    const headers = Object.fromEntries(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const body = behind.join('\r\n\r\n');
    const length = Number(headers['content-length'] ?? 0);
    // 100 Continue is no answer yet, and what HEAD asks for has a length and no body.
    const isWhole = body.length >= length && !body.startsWith('HTTP/1.');
    const breach =
      status < 200 ? null : breachOf(isWhole ? 'GET' : 'HEAD', { status, headers, text: body.slice(0, length) }, false);
    if (breach !== null) breaches.push(breach);
    rest = isWhole ? body.slice(length) : body;
  }
  return breaches;
}
