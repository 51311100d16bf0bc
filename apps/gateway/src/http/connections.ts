import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  /** Of all together. */
  readonly most: number;
  /** From one address; null for no limit. */
  readonly perAddress: number | null;
  /** Proxies, which bring the connections of many. */
  isExempt(address: string): boolean;
}

/** The connections that are open, kept within their limits. */
export interface Connections {
  watch(server: Server): void;
  /** Whether a connection is one too many: it is told so, and closed. */
  isSurplus(socket: Socket): boolean;
}

/** So many more are taken, to be answered that there are too many; whoever comes then is closed without a word. */
const surplus = 256;

export function openConnections({ most, perAddress, isExempt }: ConnectionLimits): Connections {
  const tooMany = new WeakSet<Socket>();
  const byAddress = new Map<string, number>();
  let open = 0;

  const isOver = (address: string): boolean => {
    const before = byAddress.get(address) ?? 0;
    if (perAddress === null || before < perAddress || isExempt(address)) return false;
    return true;
  };

  return {
    watch(server) {
      server.maxConnections = most + surplus;
      server.prependListener('connection', (socket: Socket) => {
        const address = socket.remoteAddress ?? '';
        if (isOver(address)) {
          socket.destroy();
          return;
        }
        if (++open > most) tooMany.add(socket);
        byAddress.set(address, (byAddress.get(address) ?? 0) + 1);
        socket.once('close', () => {
          open--;
          const left = (byAddress.get(address) ?? 1) - 1;
          if (left === 0) byAddress.delete(address);
          else byAddress.set(address, left);
        });
      });
    },
    isSurplus: (socket) => tooMany.has(socket),
  };
}
