import type { Egress, EgressRule } from '@posthorn/core';
import { openEgress } from '@posthorn/egress';

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The gateway's way out as far as a test may go: to doubles on this machine, and nowhere else, whoever named them. */
export const loopbackEgress: Egress = async (request) => {
  const reason = forbidsBeyondLoopback(request);
  return reason === null ? egress(request) : { kind: 'forbidden', detail: reason };
};

export const forbidsBeyondLoopback: EgressRule = ({ url }) =>
  loopback.test(url.hostname) ? null : 'a test reaches this machine only';

const { egress } = openEgress({ allow: ['127.0.0.0/8', '::1'] });
