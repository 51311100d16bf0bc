import { describe, expect, it } from 'vitest';
import { sourceNetwork } from './source-network.ts';

describe('the network of a source', () => {
  it.each([
    ['203.0.113.7', '203.0.113.0/24'],
    ['203.0.113.254', '203.0.113.0/24'],
    ['203.0.114.7', '203.0.114.0/24'],
    ['::ffff:203.0.113.7', '203.0.113.0/24'],
    ['::ffff:cb00:7107', '203.0.113.0/24'],
    ['64:ff9b::203.0.113.7', '203.0.113.0/24'],
    ['2002:cb00:7107::1', '203.0.113.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:DB8:0001::', '2001:db8:1::/48'],
    ['2001:db8:1:ffff::1', '2001:db8:1::/48'],
    ['2001:db8:2::1', '2001:db8:2::/48'],
    ['fe80::1%eth0', 'fe80:0:0::/48'],
    ['::1', '0:0:0::/48'],
  ])('%s is in %s', (text, network) => {
    expect(sourceNetwork(text)).toBe(network);
  });

  it.each(['', 'host.example', '203.0.113', '203.0.113.7/24', '0x7f.1', '1.2.3.4, 5.6.7.8', '01.2.3.4'])(
    '"%s" is none',
    (text) => {
      expect(sourceNetwork(text)).toBeNull();
    },
  );
});
