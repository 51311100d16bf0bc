import { askVendor, defineChannel, fail, formatDuration, ok, parseDuration, pointerOf } from '@posthorn/core';
import { z } from 'zod';

/**
 * What a plugin gets that is written as a function: `export default (posthorn) => posthorn.defineChannel({...})`. One file
 * beside the packaged program can import none of our packages, so all that a channel is made of comes with it, zod for
 * its schemas included.
 */
export interface PluginHost {
  readonly api: 1;
  readonly defineChannel: typeof defineChannel;
  readonly ok: typeof ok;
  readonly fail: typeof fail;
  /** Posts once to the account's own vendor, by the `egress` of its tools. */
  readonly askVendor: typeof askVendor;
  readonly pointerOf: typeof pointerOf;
  readonly parseDuration: typeof parseDuration;
  readonly formatDuration: typeof formatDuration;
  readonly z: typeof z;
}

export const pluginHost: PluginHost = Object.freeze({
  api: 1,
  defineChannel,
  ok,
  fail,
  askVendor,
  pointerOf,
  parseDuration,
  formatDuration,
  z,
});
