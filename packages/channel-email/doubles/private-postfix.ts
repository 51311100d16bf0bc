import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { certificate, certificateKey } from './certificate.ts';
import { deadPort } from './smtp-double.ts';

const run = promisify(execFile);
const program = '/usr/sbin/postfix';

/** Why the real Postfix cannot be started here; null when it can. */
export function postfixObstacle(): string | null {
  if (!existsSync(program)) return `there is no ${program}`;
  return process.getuid?.() === 0 ? null : 'Postfix must be started by root';
}

export interface PrivatePostfix {
  readonly port: number;
  /** The messages in a mailbox of shop.example: `li`, or `bounce`, which also gets what is for `bounce+...`. */
  mailbox(name: 'li' | 'bounce'): Promise<readonly Buffer[]>;
  log(): Promise<string>;
  close(): Promise<void>;
}

/**
 * A Postfix of our own in a temporary folder: loopback only, two mailboxes, and no way out to the Internet. Mail for
 * gone@shop.example it takes and passes on to `elsewhere`, a port of this machine.
 */
export async function privatePostfix(elsewhere: number): Promise<PrivatePostfix> {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-postfix-'));
  const port = await deadPort();
  const owner = await idsOf('postfix');
  await lay(folder, { port, elsewhere }, owner);
  const master = spawn(program, ['-c', join(folder, 'config'), 'start-fg'], { stdio: 'ignore' });
  const postfix: PrivatePostfix = {
    port,
    async mailbox(name) {
      const mail = join(folder, 'mail', name, 'new');
      const names = existsSync(mail) ? await readdir(mail) : [];
      return Promise.all(names.map((each) => readFile(join(mail, each))));
    },
    log: () => readFile(join(folder, 'data', 'mail.log'), 'utf8'),
    close: () => stop(master, folder),
  };
  try {
    await greeting(port, master);
    return postfix;
  } catch (error) {
    await postfix.close();
    throw error;
  }
}

async function stop(master: ChildProcess, folder: string): Promise<void> {
  if (master.exitCode === null) {
    const ended = new Promise((resolve) => master.once('exit', resolve));
    await run(program, ['-c', join(folder, 'config'), 'stop']);
    await ended;
  }
  await rm(folder, { recursive: true });
}

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

async function idsOf(user: string): Promise<Ids> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, user])).stdout)),
  );
  if (!uid || !gid) throw new Error(`there is no user ${user}`);
  return { uid, gid };
}

interface Ports {
  readonly port: number;
  readonly elsewhere: number;
}

async function lay(folder: string, { port, elsewhere }: Ports, { uid, gid }: Ids): Promise<void> {
  await chmod(folder, 0o755);
  for (const name of ['config', 'queue', 'data', 'mail']) await mkdir(join(folder, name));
  for (const name of ['data', 'mail']) await chown(join(folder, name), uid, gid);
  const keys = join(folder, 'config', 'keys.pem');
  await writeFile(keys, `${certificateKey}\n${certificate}\n`, { mode: 0o600 });
  const main = {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    command_directory: '/usr/sbin',
    daemon_directory: '/usr/lib/postfix/sbin',
    meta_directory: '/etc/postfix',
    shlib_directory: '/usr/lib/postfix',
    maillog_file: join(folder, 'data', 'mail.log'),
    maillog_file_prefixes: folder,
    myhostname: 'mail.shop.example',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    alias_maps: '',
    virtual_mailbox_domains: 'shop.example',
    virtual_mailbox_base: join(folder, 'mail'),
    virtual_mailbox_maps: 'inline:{ li@shop.example=li/, bounce@shop.example=bounce/, gone@shop.example=gone/ }',
    transport_maps: `inline:{ gone@shop.example=smtp:[127.0.0.1]:${elsewhere} }`,
    recipient_delimiter: '+',
    virtual_uid_maps: `static:${uid}`,
    virtual_gid_maps: `static:${gid}`,
    virtual_minimum_uid: '1',
    default_transport: 'error:no way out of this machine',
    relay_transport: 'error:no way out of this machine',
    smtpd_relay_restrictions: 'reject_unauth_destination',
    smtpd_recipient_restrictions: 'reject_unauth_destination',
    smtpd_tls_security_level: 'may',
    smtpd_tls_chain_files: keys,
    smtputf8_enable: 'yes',
    message_size_limit: '100000',
    mailbox_size_limit: '0',
    virtual_mailbox_limit: '0',
  };
  await writeFile(
    join(folder, 'config', 'main.cf'),
    Object.entries(main)
      .map(([key, value]) => `${key} = ${value}\n`)
      .join(''),
  );
  await writeFile(join(folder, 'config', 'master.cf'), services(port));
}

/** Nothing is chrooted: the queue folder has no copies of the system's files. */
function services(port: number): string {
  const list = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'verify unix - - n - 1 verify',
    'proxymap unix - - n - - proxymap',
    'error unix - - n - - error',
    'smtp unix - - n - - smtp',
    'retry unix - - n - - error',
    'virtual unix - n n - - virtual',
    'anvil unix - - n - 1 anvil',
    'postlog unix-dgram n - n - 1 postlogd',
  ];
  return list.map((line) => `${line}\n`).join('');
}

/** Waits until it greets: it has made its queue, loaded its tables and forked by then. */
async function greeting(port: number, master: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (master.exitCode !== null) throw new Error(`Postfix ended with ${master.exitCode}`);
    if (await greets(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Postfix does not answer');
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(2_000, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('data', () => answer(true));
  });
}
