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
    ['channel new telegram', { command: 'channel', operand: 'new', name: 'telegram', dir: null }],
    ['channel new telegram --dir ../x', { name: 'telegram', dir: '../x' }],
    ['channel --help', { command: 'channel', help: true }],
    ['serve --help', { command: 'serve', help: true }],
    ['keys list', { command: 'keys', operand: 'list', name: null, options: {} }],
    ['keys revoke key_1 --url http://h --key k', { name: 'key_1', options: { url: 'http://h', key: 'k' } }],
    ['keys create --name a --scopes read,notify', { operand: 'create', options: { name: 'a', scopes: 'read,notify' } }],
    ['keys create till --scopes read', { operand: 'create', name: 'till', options: { scopes: 'read' } }],
    ['projects', { command: 'projects', operand: 'list' }],
    ['projects create shop --json', { command: 'projects', operand: 'create', name: 'shop', json: true }],
  ])('posthorn %s', (words, line) => {
    expect(readArguments(words.split(' ').filter(Boolean))).toMatchObject(line);
  });

  it.each([
    ['serv', 'did you mean "serve"'],
    ['config chek', 'did you mean "check"'],
    ['config', 'config needs one of check, schema, show'],
    ['config check more', '"more" is one word too many'],
    ['channel', 'channel needs one of new'],
    ['channel nwe telegram', 'did you mean "new"'],
    ['channel new', 'channel new needs a NAME'],
    ['channel new a b', '"b" is one word too many'],
    ['channel new a --dri x', 'there is no option "--dri": did you mean "--dir"'],
    ['serve --dir x', 'serve takes no --dir'],
    ['serve check', 'serve takes no "check"'],
    ['serve --confg=x', 'there is no option "--confg": did you mean "--config"'],
    ['serve --role worker', '"worker"'],
    ['serve --config', '--config'],
    ['serve -x', '-x'],
    ['keys', 'keys needs one of create, list, revoke'],
    ['keys revoke', 'keys revoke needs an ID'],
    ['keys list all', '"all" is one word too many'],
    ['keys list --name x', 'keys list takes no --name'],
    ['keys revoke k --project x', 'keys revoke takes no --project'],
    ['keys list --key k', 'give its address too, with --url'],
    ['projects create', 'projects create needs a NAME'],
    ['projects list --scopes read', 'projects list takes no --scopes'],
    ['serve --url http://h', 'serve takes no --url'],
    ['constructor', 'there is no command "constructor"'],
    ['__proto__ check', 'there is no command "__proto__"'],
    ['serve --__proto__', 'there is no option "--__proto__"'],
  ])('refuses posthorn %s', (words, detail) => {
    const read = () => readArguments(words.split(' '));
    expect(read).toThrow(WrongUsage);
    expect(read).toThrow(detail);
  });
});
