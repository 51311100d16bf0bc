import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.ts';
import { WrongUsage } from './usage.ts';

describe('readArguments', () => {
  it.each([
    ['', { command: 'help' }],
    ['--version', { command: 'version' }],
    ['-v', { command: 'version' }],
    ['-h', { command: 'help', help: true }],
    ['serve', { command: 'serve', operand: null, role: 'all', config: null, json: false }],
    ['serve --role all --config a.yaml', { command: 'serve', role: 'all', config: 'a.yaml' }],
    ['--config=a.yaml serve', { command: 'serve', config: 'a.yaml' }],
    ['config check --json', { command: 'config', operand: 'check', json: true }],
    ['serve --help', { command: 'serve', help: true }],
  ])('posthorn %s', (words, line) => {
    expect(readArguments(words.split(' ').filter(Boolean))).toMatchObject(line);
  });

  it.each([
    ['serv', 'did you mean "serve"'],
    ['config chek', 'did you mean "check"'],
    ['config', 'config needs one of check, schema, show'],
    ['config check more', '"more" is one word too many'],
    ['serve check', 'serve takes no "check"'],
    ['serve --confg=x', 'there is no option "--confg": did you mean "--config"'],
    ['serve --role worker', '"worker"'],
    ['serve --config', '--config'],
    ['serve -x', '-x'],
    ['constructor', 'there is no command "constructor"'],
    ['__proto__ check', 'there is no command "__proto__"'],
    ['serve --__proto__', 'there is no option "--__proto__"'],
  ])('refuses posthorn %s', (words, detail) => {
    const read = () => readArguments(words.split(' '));
    expect(read).toThrow(WrongUsage);
    expect(read).toThrow(detail);
  });
});
