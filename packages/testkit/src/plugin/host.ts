import { askVendor, defineChannel, fail, formatDuration, ok, parseDuration, pointerOf } from '@posthorn/core';
import { z } from 'zod';

/** What the gateway hands to a plugin that is written as a function: `export default (posthorn: PluginHost) => ...`. */
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

/** The same for its tests: a gateway is not needed to make the channel. */
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
