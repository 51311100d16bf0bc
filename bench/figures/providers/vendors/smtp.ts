import { ours } from '../ours.ts';
import { type Contender, inFlight, type Race } from '../race.ts';

const from = 'bench@example.com';
const address = (number: number) => `li${number}@example.com`;
const content = { subject: 'Your parcel', text: 'It arrives today.\n' };

export const smtp: Race = {
  name: 'smtp',
  beside: 'nodemailer',
  goal: 'provider-smtp',
  vendor: null,
  async open(port) {
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({
      host: '127.0.0.1',
      port,
      ignoreTLS: true,
      pool: true,
      maxConnections: inFlight,
      maxMessages: 100,
    });
    const bare: Contender = {
      async send(number) {
        await transport.sendMail({ from, to: address(number), ...content });
      },
      async close() {
        transport.close();
      },
    };
    const { default: channel } = await import('@posthorn/channel-email');
    const settings = { host: '127.0.0.1', port, tls: 'none', from };
    return { bare, ours: await ours({ channel, provider: 'smtp', settings, endpoint: null, address, content }) };
  },
};
