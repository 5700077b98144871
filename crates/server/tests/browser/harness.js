// What the browser tests stand on: a real authority, a real mailbox, real browsers.
//
// CLAUSA names the program to test (target/debug/clausa otherwise), CHROMIUM the browser, CLAUSA_SCREENSHOTS a folder
// for pictures of every page that is checked.

import { spawn } from 'node:child_process';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PROGRAM = resolve(process.env.CLAUSA ?? join(HERE, '../../../../target/debug/clausa'));
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const SCREENSHOTS = process.env.CLAUSA_SCREENSHOTS;
const PATIENCE = 20_000;

const AXE = await readFile(join(HERE, 'node_modules/axe-core/axe.min.js'), 'utf8');

// Limits that people never meet: most tests are not about them.
const WIDE = '{ burst = 100000, refill = 100000, seconds = 60 }';

/** An SMTP server that keeps what it receives. */
class Mailbox {
  #waiting = [];
  #readers = [];

  static async start() {
    const mailbox = new Mailbox();
    mailbox.server = createServer((socket) => mailbox.#serve(socket));
    await new Promise((done) => mailbox.server.listen(0, '127.0.0.1', done));
    mailbox.port = mailbox.server.address().port;
    return mailbox;
  }

  #serve(socket) {
    let buffer = '';
    let inData = false;
    let to = [];
    const say = (line) => socket.write(`${line}\r\n`);
    socket.setEncoding('latin1');
    socket.on('error', () => {});
    say('220 mailbox.test');
    socket.on('data', (chunk) => {
      buffer += chunk;
      for (;;) {
        const end = buffer.indexOf(inData ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const text = buffer.slice(0, end);
        buffer = buffer.slice(end + (inData ? 5 : 2));
        if (inData) {
          inData = false;
          this.#take(to, text.replace(/\r\n\.\./g, '\r\n.'));
          to = [];
          say('250 taken');
        } else if (/^DATA/i.test(text)) {
          inData = true;
          say('354 go on');
        } else if (/^QUIT/i.test(text)) {
          say('221 bye');
          socket.end();
        } else {
          const recipient = /^RCPT TO:<([^>]*)>/i.exec(text);
          if (recipient) to.push(recipient[1]);
          say(/^EHLO/i.test(text) ? '250-mailbox.test\r\n250 8BITMIME' : '250 ok');
        }
      }
    });
  }

  #take(to, raw) {
    for (const address of to) this.#waiting.push({ to: address, ...decode(raw) });
    for (const reader of this.#readers.splice(0)) reader();
  }

  /** The oldest mail to `address` that nobody has read yet. */
  async mailFor(address) {
    const until = Date.now() + PATIENCE;
    for (;;) {
      const found = this.#waiting.findIndex((mail) => mail.to === address);
      if (found >= 0) return this.#waiting.splice(found, 1)[0];
      const left = until - Date.now();
      if (left <= 0) throw new Error(`no mail for ${address}`);
      await new Promise((done) => {
        const timer = setTimeout(done, left);
        this.#readers.push(() => { clearTimeout(timer); done(); });
      });
    }
  }

  close() {
    this.server.close();
  }
}

/** A mail's headers, text and HTML; enough of MIME for what the service sends. */
function decode(raw) {
  const [head, ...rest] = raw.split('\r\n\r\n');
  const headers = head.replace(/\r\n[ \t]+/g, ' ');
  const header = (name) => new RegExp(`^${name}: (.*)$`, 'im').exec(headers)?.[1].trim();
  const boundary = /boundary="([^"]+)"/.exec(headers)?.[1];
  const parts = rest.join('\r\n\r\n').split(`--${boundary}`);
  const body = (type) => {
    const part = parts.find((one) => one.toLowerCase().includes(`content-type: ${type}`));
    if (!part) return '';
    const [partHead, ...lines] = part.replace(/^\r\n/, '').split('\r\n\r\n');
    const text = lines.join('\r\n\r\n');
    const encoding = /content-transfer-encoding: (\S+)/i.exec(partHead)?.[1].toLowerCase();
    if (encoding === 'base64') return Buffer.from(text, 'base64').toString('utf8');
    if (encoding !== 'quoted-printable') return Buffer.from(text, 'latin1').toString('utf8');
    const bytes = text
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
  };
  const subject = (header('Subject') ?? '').replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?b\?([^?]*)\?=/gi, (_, text) => Buffer.from(text, 'base64').toString('utf8'))
    .replace(/=\?utf-8\?q\?([^?]*)\?=/gi, (_, text) => decodeURIComponent(text.replace(/_/g, ' ').replace(/=/g, '%')));
  const text = body('text/plain');
  return {
    raw,
    header,
    subject,
    text,
    html: body('text/html'),
    code: /\b(\d{4}) (\d{4})\b/.exec(text)?.slice(1).join(''),
    link: /https?:\/\/\S+/.exec(text)?.[0],
  };
}

/**
 * A running `clausa serve` with a mailbox. `config` is TOML added to its configuration, `server` to its first
 * section; passkeys need a `host` with a name.
 */
export async function startAuthority({ config = '', server = '', limits = true, host = '127.0.0.1' } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'clausa-browser-'));
  const data = join(folder, 'data');
  const mailbox = await Mailbox.start();
  await mkdir(data, { mode: 0o700 });
  const port = await freePort();
  const wide = ['login_per_network', 'login_per_account', 'signup_per_network', 'mail_per_address', 'mail_per_address_day'];
  const toml = `[server]\nlisten = "127.0.0.1:${port}"\norigin = "http://${host}:${port}"\nname = "Clausa"\n${server}\n
[mail]\nrelay = "127.0.0.1"\nport = ${mailbox.port}\nencryption = "none"\nfrom = "clausa@rights.example"\n
[passwords]\nmemory_kib = 19456\npasses = 2\n
[limits]\n${limits ? wide.map((name) => `${name} = ${WIDE}`).join('\n') : ''}\n${config}`;
  await writeFile(join(data, 'authority.toml'), toml);
  const child = spawn(PROGRAM, ['serve', '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  child.stderr.on('data', (text) => { told += text; });
  child.stdout.on('data', (text) => { told += text; });
  const origin = `http://${host}:${port}`;
  await answering(origin, child, () => told);
  return {
    origin,
    mailbox,
    folder,
    program: PROGRAM,
    async stop() {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
      mailbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function answering(origin, child, told) {
  const until = Date.now() + PATIENCE;
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`the authority stopped: ${told()}`);
    try {
      if ((await fetch(`${origin}/health/ready`)).ok) return;
    } catch { /* not yet */ }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`the authority does not answer: ${told()}`);
}

/** Chromium without a window, and without anything that it does of its own accord. */
export function startBrowser() {
  return chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
    ],
  });
}

export const NARROW = { width: 360, height: 740 };
export const BROAD = { width: 1200, height: 800 };

/** A person with a browser of her own: cookies, language, colours, width. Without script unless asked for. */
export async function visitor(browser, authority, { language = 'en', dark = false, size = BROAD, script = false } = {}) {
  const context = await browser.newContext({
    baseURL: authority.origin,
    locale: language,
    colorScheme: dark ? 'dark' : 'light',
    viewport: size,
    javaScriptEnabled: script,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  // What the service says must come from the service alone.
  page.foreign = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(authority.origin)) page.foreign.push(request.url());
  });
  return page;
}

/** Types a sign-up's address and returns its mail. */
export async function toTheCode(page, authority, address, start = '/signup') {
  await page.goto(start);
  await page.fill('#address', address);
  await page.click('main form button');
  await page.waitForURL('**/signup/code');
  return authority.mailbox.mailFor(address.toLowerCase());
}

/** A whole sign-up, up to the landing. */
export async function signUp(page, authority, address, { password = '' } = {}) {
  const mail = await toTheCode(page, authority, address);
  await page.fill('#code', mail.code);
  await page.click('form[action="/signup/code"] button');
  await page.waitForURL('**/signup/profile');
  await page.fill('#password', password);
  await page.fill('#password_again', password);
  await page.click('main form button');
  await page.waitForURL('**/signup/done');
}

/**
 * Looks at the page that is open as it is in both languages, light and dark, narrow and wide: axe finds nothing, nothing
 * is cut off, and pictures are taken. The page itself is not loaded anew: what it is made of is put into a second browser
 * window that may run axe's script, with the service's own stylesheet.
 */
export async function look(browser, authority, page, name) {
  const html = await page.content();
  const url = page.url();
  const context = await browser.newContext({ baseURL: authority.origin, viewport: BROAD, bypassCSP: true });
  const second = await context.newPage();
  await second.route(url, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }));
  await second.goto(url);
  const problems = [];
  for (const colorScheme of ['light', 'dark']) {
    await second.emulateMedia({ colorScheme });
    for (const [width, size] of [['narrow', NARROW], ['wide', BROAD]]) {
      await second.setViewportSize(size);
      const label = `${name} ${colorScheme} ${width}`;
      const overflow = await second.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (overflow > 0) problems.push(`${label}: ${overflow} pixels stand out on the right`);
      await second.evaluate(AXE);
      const { violations } = await second.evaluate(() => globalThis.axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      }));
      for (const violation of violations) {
        const where = violation.nodes.map((node) => `${node.target.join(' ')}: ${node.failureSummary}`).join('; ');
        problems.push(`${label}: ${violation.id}: ${violation.help} (${where})`);
      }
      if (SCREENSHOTS) {
        await mkdir(SCREENSHOTS, { recursive: true });
        await second.screenshot({ path: join(SCREENSHOTS, `${label.replaceAll(' ', '-')}.png`), fullPage: true });
      }
    }
  }
  await context.close();
  return problems;
}
