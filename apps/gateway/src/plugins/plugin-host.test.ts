import { type PluginHost as AuthorsHost, pluginHost as authorsHost } from '@posthorn/testkit';
import { expect, expectTypeOf, it } from 'vitest';
import { type PluginHost, pluginHost } from './plugin-host.ts';

it('hands a plugin what its author tested it with', () => {
  expectTypeOf<PluginHost>().toEqualTypeOf<AuthorsHost>();
  expect({ ...pluginHost }).toEqual({ ...authorsHost });
});
