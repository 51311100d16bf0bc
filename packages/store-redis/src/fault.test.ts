import { expect, it } from 'vitest';
import { faultOf } from './fault.ts';

function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}

// Recorded from Redis 7.0, 6.2 and ioredis 6.0.
it.each([
  ['OOM', reply("OOM command not allowed when used memory > 'maxmemory'. script: 5f1c, on @user_script:1.")],
  [
    'OOM',
    reply(
      "ERR Error running script (call to f_5f1c): @user_script:1: @user_script: 1: -OOM command not allowed when used memory > 'maxmemory'. ",
    ),
  ],
  ['READONLY', reply("READONLY You can't write against a read only replica. script: 5f1c, on @user_script:1.")],
  ['MOVED', reply('MOVED 3999 127.0.0.1:6381')],
  ['BUSY', reply('BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.')],
  ['MISCONF', reply('MISCONF Redis is configured to save RDB snapshots, but is currently unable to persist to disk.')],
  ['WRONGPASS', reply('ERR invalid password')],
  ['clients', reply('ERR max number of clients reached')],
  ['database', reply('ERR DB index is out of range')],
  ['timeout', new Error('Command timed out')],
  ['timeout', new Error("Socket timeout. Expecting data, but didn't receive any in 1000ms.")],
  ['timeout', Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' })],
  ['ENOTFOUND', Object.assign(new Error('getaddrinfo ENOTFOUND redis'), { code: 'ENOTFOUND' })],
  ['closed', new Error('Connection is closed.')],
  ['closed', new Error("Stream isn't writeable and enableOfflineQueue options is false")],
])('%s is known from what is said', (code, error) => {
  expect(faultOf(error)).toMatchObject({ code, fault: code === 'OOM' ? 'storage_full' : 'storage_unavailable' });
});

it.each([
  'ERR user_script:1: Script attempted to access nonexistent global variable script: 5f1c, on @user_script:1.',
  'WRONGTYPE Operation against a key holding the wrong kind of value script: 5f1c, on @user_script:1.',
  'NOSCRIPT No matching script. Please use EVAL.',
])('what is wrong with a script is no fault of Redis: %s', (message) => {
  expect(faultOf(reply(message))).toBeNull();
});
