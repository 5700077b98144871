// Every page, in both languages, light and dark, on a phone and on a desk: accessible, whole, and without script.

import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { look, startAuthority, startBrowser, toTheCode, visitor } from './harness.js';

let authority;
let browser;
let programs;
before(async () => {
  programs = await mkdtemp(join(tmpdir(), 'clausa-programs-'));
  for (const name of ['clausa-linux-x86_64.tar.gz', 'clausa-windows-x86_64.msi', 'SHA256SUMS']) {
    await writeFile(join(programs, name), `the program ${name}`);
  }
  await symlink('/etc/hostname', join(programs, 'elsewhere'));
  [authority, browser] = await Promise.all([startAuthority({ server: `downloads_folder = "${programs}"` }), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await authority?.stop();
  await rm(programs, { recursive: true, force: true });
});

const AUTHORIZE = '/oauth/authorize?response_type=code&client_id=clausa-cli&redirect_uri=http://127.0.0.1:49152/callback'
  + `&code_challenge=${'A'.repeat(43)}&code_challenge_method=S256&state=x`;

for (const language of ['en', 'fr']) {
  test(`every page of a sign-up is accessible: ${language}`, { timeout: 240_000 }, async () => {
    const page = await visitor(browser, authority, { language });
    const problems = [];
    const see = async (name) => {
      assert.equal(await page.getAttribute('html', 'lang'), language, name);
      problems.push(...await look(browser, authority, page, `${language}-${name}`));
    };
    const submit = () => page.click('main form button');
    await page.goto('/');
    await see('home');
    await page.goto('/signup?waiting=00112233-4455-6677-8899-aabbccddeeff');
    await see('start');
    await page.goto('/no/such/page');
    await see('not-found');
    for (const name of ['guide', 'applications', 'downloads']) {
      await page.goto(`/${name}`);
      await see(name);
    }
    await page.goto('/signup');
    await page.fill('#address', 'support@contoso.example');
    await submit();
    await see('start-refused');
    const mail = await toTheCode(page, authority, `janet.${language}@contoso.example`, '/signup?waiting=00112233-4455-6677-8899-aabbccddeeff');
    await see('code');
    await page.fill('#code', mail.code === '00000000' ? '00000001' : '00000000');
    await submit();
    await see('code-wrong');
    await page.goto(mail.link);
    await see('link');
    const other = await visitor(browser, authority, { language });
    await other.goto(mail.link);
    problems.push(...await look(browser, authority, other, `${language}-link-elsewhere`));
    await submit();
    await page.waitForURL('**/signup/profile');
    await see('profile');
    await page.fill('#password', 'short');
    await page.fill('#password_again', 'short');
    await submit();
    await see('profile-refused');
    await page.fill('#first_name', 'Janet');
    await submit();
    await page.waitForURL('**/signup/done');
    await see('done');
    assert.deepEqual(page.foreign, []);
    await page.goto(AUTHORIZE);
    await see('signin-known');
    const stranger = await visitor(browser, authority, { language });
    await stranger.goto(AUTHORIZE);
    problems.push(...await look(browser, authority, stranger, `${language}-signin`));
    await stranger.fill('#address', `janet.${language}@contoso.example`);
    await stranger.click('button[value=mail]');
    problems.push(...await look(browser, authority, stranger, `${language}-signin-code`));
    await stranger.goto('/oauth/authorize?client_id=other');
    problems.push(...await look(browser, authority, stranger, `${language}-signin-stop`));
    assert.deepEqual(problems, []);
  });
}

test('the language can be chosen on any page, and stays', async () => {
  const page = await visitor(browser, authority, { language: 'de' });
  await page.goto('/signup?waiting=00112233-4455-6677-8899-aabbccddeeff');
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  await page.click('footer a[hreflang=fr]');
  assert.equal(await page.getAttribute('html', 'lang'), 'fr');
  assert.equal(await page.getAttribute('input[name=waiting]', 'value'), '00112233-4455-6677-8899-aabbccddeeff');
  const mail = await toTheCode(page, authority, 'langue@contoso.example');
  assert.equal(await page.textContent('h1'), 'Saisissez le code');
  assert.equal(mail.subject, 'Terminez votre inscription à Clausa');
  assert.match(mail.html, /lang="fr"/);
  await page.click('footer a[hreflang=en]');
  assert.equal(await page.textContent('h1'), 'Type the code');
});

test('everything can be reached with the keyboard alone', async () => {
  const page = await visitor(browser, authority, { script: true });
  await page.goto('/signup');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'address', 'the field is ready for typing');
  await page.keyboard.type('keys@contoso.example');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/signup/code');
  const mail = await authority.mailbox.mailFor('keys@contoso.example');
  await page.keyboard.type(mail.code);
  await page.keyboard.press('Tab');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, 'solid', 'what has the focus shows it');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/signup/profile');
  await page.goto('/');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip', 'the first stop skips the head');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
});

test('the operator’s programs are offered, those for this computer first', async () => {
  const page = await visitor(browser, authority);
  await page.goto('/downloads');
  const names = await page.$$eval('main li a', (links) => links.map((link) => link.textContent));
  assert.deepEqual(names, ['clausa-linux-x86_64.tar.gz', 'SHA256SUMS', 'clausa-windows-x86_64.msi']);
  assert.match(await page.textContent('main li'), /for this computer/);
  const got = await page.request.get('/downloads/clausa-linux-x86_64.tar.gz');
  assert.equal(await got.text(), 'the program clausa-linux-x86_64.tar.gz');
  assert.match(got.headers()['content-disposition'], /^attachment/);
  for (const name of ['elsewhere', '..%2f..%2fetc%2fpasswd', 'nothing']) {
    assert.equal((await page.request.get(`/downloads/${name}`)).status(), 404, name);
  }
});
