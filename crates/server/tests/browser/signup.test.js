// The branches of the sign-up as a person meets them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { look, signUp, startAuthority, startBrowser, toTheCode, visitor } from './harness.js';

let authority;
let browser;
before(async () => {
  [authority, browser] = await Promise.all([startAuthority(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await authority?.stop();
});

const submit = (page) => page.click('main form button');
const told = (page) => page.textContent('#wrong-what');

test('the first person makes an organisation, the second joins it', async () => {
  const janet = await visitor(browser, authority);
  await signUp(janet, authority, 'janet@fabrikam.example');
  const welcome = await janet.textContent('main');
  assert.match(welcome, /janet@fabrikam\.example.*Fabrikam/s);
  assert.match(welcome, /first of your organisation/);
  const sam = await visitor(browser, authority);
  await signUp(sam, authority, 'sam@fabrikam.example', { password: 'plum orbit kettle vivid' });
  const joined = await sam.textContent('main');
  assert.match(joined, /Fabrikam/);
  assert.doesNotMatch(joined, /first of your organisation/);
});

test('an address of a consumer service becomes a personal account', async () => {
  const page = await visitor(browser, authority);
  await signUp(page, authority, 'janet.q@gmail.com');
  assert.match(await page.textContent('main'), /no organisation behind your account/);
});

test('somebody who has an account is signed in by the code', async () => {
  await signUp(await visitor(browser, authority), authority, 'again@contoso.example');
  const page = await visitor(browser, authority);
  const mail = await toTheCode(page, authority, 'again@contoso.example');
  await page.fill('#code', mail.code);
  await submit(page);
  await page.waitForURL('**/signup/done');
  assert.match(await page.textContent('main'), /again@contoso\.example/);
});

test('the mail’s button works in the browser that began', async () => {
  const page = await visitor(browser, authority);
  const mail = await toTheCode(page, authority, 'button@contoso.example');
  assert.equal(mail.subject, 'Finish signing up for Clausa');
  assert.equal(mail.header('Auto-Submitted'), 'auto-generated');
  assert.ok(mail.link.startsWith(`${authority.origin}/signup/link?`));
  // The mail is a page too: its button leads to the page with the button.
  const reader = await visitor(browser, authority);
  await reader.setContent(mail.html);
  const href = await reader.getAttribute('a', 'href');
  assert.equal(href, mail.link);
  await page.goto(href);
  assert.equal(await page.textContent('main button'), 'Yes, that’s me');
  await submit(page);
  await page.waitForURL('**/signup/profile');
  await page.goto(href);
  assert.match(page.url(), /signup\/profile$/, 'it leads to where the sign-up stands');
});

test('a sign-up goes on in another browser, or with a token', async () => {
  const page = await visitor(browser, authority);
  const mail = await toTheCode(page, authority, 'elsewhere@contoso.example');
  // The mail's link, opened elsewhere, leads to where the token is asked for.
  const other = await visitor(browser, authority);
  await other.goto(mail.link);
  await other.click('main a[href="/signup/continue"]');
  const problems = await look(browser, authority, other, 'signup-continue');
  await other.fill('#token', mail.code);
  await submit(other);
  assert.match(await told(other), /no longer works/);
  await page.click('form[action="/signup/handover"] button');
  problems.push(...await look(browser, authority, page, 'signup-handover'));
  const token = await page.textContent('#token');
  await other.fill('#token', token);
  await submit(other);
  await other.waitForURL('**/signup/code');
  await page.goto('/signup/code');
  assert.match(page.url(), /\/signup$/, 'it ended where it began');
  // And on to a third one, by the link.
  await other.click('form[action="/signup/handover"] button');
  const third = await visitor(browser, authority);
  await third.goto(await other.textContent('#link'));
  assert.match(await third.textContent('main'), /elsewhere@contoso\.example/);
  problems.push(...await look(browser, authority, third, 'signup-continue-here'));
  await submit(third);
  await third.waitForURL('**/signup/code');
  await third.fill('#code', mail.code);
  await third.click('form[action="/signup/code"] button');
  await third.waitForURL('**/signup/profile');
  assert.deepEqual(problems, []);
});

test('what is no address is refused with its rule', async () => {
  const page = await visitor(browser, authority);
  for (const [address, rule] of [
    ['janet', /has an @/],
    ['janet@contoso', /not a full domain/],
    ['"janet"@contoso.example', /Quotes/],
    ['janet@127.0.0.1', /IP address/],
    ['janet@co.uk', /cannot stand for an organisation/],
    ['janet@printer.local', /reserved/],
    ['support@contoso.example', /several people or a program read/],
  ]) {
    await page.goto('/signup');
    await page.fill('#address', address);
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await submit(page);
    assert.equal((await answered).status(), 422, address);
    assert.match(await told(page), rule, address);
    assert.equal(await page.inputValue('#address'), address);
    assert.equal(await page.getAttribute('#address', 'aria-invalid'), 'true');
  }
});

test('wrong codes are counted, and a new mail helps', async () => {
  const page = await visitor(browser, authority);
  const mail = await toTheCode(page, authority, 'tries@contoso.example');
  const wrong = mail.code === '00000000' ? '00000001' : '00000000';
  await page.fill('#code', 'abc');
  await submit(page);
  assert.match(await told(page), /eight digits/);
  for (const left of ['4 more times', '3 more times', '2 more times', 'once more']) {
    await page.fill('#code', wrong);
    await submit(page);
    assert.ok((await told(page)).includes(left), left);
  }
  await page.fill('#code', wrong);
  await submit(page);
  assert.match(await told(page), /no longer works/);
  await page.fill('#code', mail.code);
  await submit(page);
  assert.match(await told(page), /no longer works/, 'the right one comes too late');
  await page.click('form[action="/signup/mail"] button');
  assert.match(await page.textContent('main'), /Only its code works now/);
  const second = await authority.mailbox.mailFor('tries@contoso.example');
  await page.fill('#code', second.code);
  await submit(page);
  await page.waitForURL('**/signup/profile');
});

test('names and passwords are refused with their rule', async () => {
  const page = await visitor(browser, authority);
  const mail = await toTheCode(page, authority, 'profile@contoso.example');
  await page.fill('#code', mail.code);
  await submit(page);
  for (const [first, password, again, rule] of [
    ['Janet', 'plum orbit kettle vivid', 'plum orbit kettle', /differ/],
    ['Janet', 'short', 'short', /15 characters/],
    ['Janet', 'passwordpassword', 'passwordpassword', /first that would be guessed/],
    ['<Janet>', '', '', /printable characters/],
  ]) {
    await page.fill('#first_name', first);
    await page.fill('#password', password);
    await page.fill('#password_again', again);
    await submit(page);
    assert.match(await told(page), rule);
    assert.equal(await page.inputValue('#first_name'), first, 'the name stays');
    assert.equal(await page.inputValue('#password'), '', 'the password does not');
  }
  await page.fill('#first_name', 'Janet');
  await submit(page);
  await page.waitForURL('**/signup/done');
});

test('an operator may refuse consumer addresses', async () => {
  const strict = await startAuthority({ config: '[signup]\npersonal_accounts = false\nrefused_domains = ["litware.example"]\n' });
  try {
    const page = await visitor(browser, strict);
    for (const [address, rule] of [
      ['janet@gmail.com', /addresses of organisations only/],
      ['janet@mailinator.com', /Throw-away/],
      ['janet@litware.example', /does not accept this domain/],
    ]) {
      await page.goto('/signup');
      await page.fill('#address', address);
      await submit(page);
      assert.match(await told(page), rule);
      assert.match(await page.textContent('.wrong'), /another address of yours/, 'what else can be done');
    }
  } finally {
    await strict.stop();
  }
});

test('limits are told with the time to wait', async () => {
  const tight = await startAuthority({ limits: false });
  try {
    const page = await visitor(browser, tight);
    await toTheCode(page, tight, 'often@contoso.example');
    for (const times of [2, 3]) {
      await page.click('form[action="/signup/mail"] button');
      await tight.mailbox.mailFor('often@contoso.example');
      assert.equal(await page.$('#wrong-what'), null, `mail ${times} is sent`);
    }
    await page.click('form[action="/signup/mail"] button');
    assert.match(await told(page), /Too many requests\. Wait \d+ minutes/);
    assert.match(await page.textContent('.wrong'), /opens again by itself/);
  } finally {
    await tight.stop();
  }
});

test('a mail scanner that follows links and presses buttons changes nothing', async () => {
  const page = await visitor(browser, authority);
  const mail = await toTheCode(page, authority, 'scanned@contoso.example');
  const links = [...new Set([...mail.html.matchAll(/href="([^"]+)"/g)].map((found) => found[1].replaceAll('&#38;', '&').replaceAll('&amp;', '&')))];
  assert.ok(links.includes(mail.link));
  for (const script of [false, true]) {
    const robot = await visitor(browser, authority, { script });
    for (const link of links) {
      for (const method of ['GET', 'HEAD', 'POST']) {
        await robot.request.fetch(link, { method, failOnStatusCode: false });
      }
      await robot.goto(link);
      // Everything that can be pressed, and then everything that can be pressed where that leads.
      for (let step = 0; step < 8; step += 1) {
        const buttons = await robot.$$('button, input[type=submit], main a');
        if (step >= buttons.length) break;
        for (const field of await robot.$$('input:not([type=hidden])')) await field.fill(mail.code).catch(() => {});
        await buttons[step].click({ timeout: 3_000 }).catch(() => {});
        await robot.goto(link);
      }
      // It even types the code where it can.
      await robot.goto('/signup/code');
      if (await robot.$('#code')) {
        await robot.fill('#code', mail.code);
        await submit(robot);
      }
      assert.doesNotMatch(robot.url(), /profile|done/);
    }
  }
  await page.goto('/signup/code');
  assert.match(page.url(), /signup\/code$/, 'the sign-up is where it was');
  await page.fill('#code', mail.code);
  await submit(page);
  await page.waitForURL('**/signup/profile');
});
