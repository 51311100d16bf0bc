export { type AddressBytes, addressBytes, embeddedIpv4 } from './address.ts';
export { type EgressOptions, type GuardedEgress, openEgress } from './egress.ts';
export { shutRange } from './guard.ts';
export { type AddressRange, addressRange, isInRange } from './range.ts';
