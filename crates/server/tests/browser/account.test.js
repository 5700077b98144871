// The pages of one's account: accessible, and passkeys with Chromium's own authenticator, which shares no code with ours.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { look, signUp, startAuthority, startBrowser, visitor } from './harness.js';

const PASSWORD = 'plum orbit kettle vivid';

let authority;
let browser;
before(async () => {
  // Browsers bind passkeys to names, and to no number.
  [authority, browser] = await Promise.all([startAuthority({ host: 'localhost' }), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await authority?.stop();
});

async function signIn(page, address) {
  await page.goto('/account/signin');
  await page.fill('#address', address);
  await page.fill('#password', PASSWORD);
  await page.click('button[value=password]');
  await page.waitForURL('**/account');
}

async function authenticator(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    credentials: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    verifies: (isUserVerified) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
  };
}

for (const language of ['en', 'fr']) {
  test(`every page of an account is accessible: ${language}`, { timeout: 240_000 }, async () => {
    const address = `sam.${language}@contoso.example`;
    const page = await visitor(browser, authority, { language });
    await signUp(page, authority, address, { password: PASSWORD });
    const problems = [];
    const see = async (name) => {
      assert.equal(await page.getAttribute('html', 'lang'), language, name);
      problems.push(...await look(browser, authority, page, `${language}-${name}`));
    };
    await signIn(page, address);
    await see('account');
    await page.goto('/account/password');
    await see('account-password');
    await page.goto('/account/confirm?next=/account/password');
    await see('account-confirm');
    await page.click('button[value=mail]');
    await see('account-confirm-code');
    await page.goto('/account/passkey');
    await see('account-passkey');
    await page.goto('/account/authenticator');
    await see('account-authenticator');
    await page.fill('#name', 'phone');
    await page.click('main form button');
    await see('account-authenticator-secret');
    assert.deepEqual(problems, []);
    assert.deepEqual(page.foreign, []);
  });
}

test('a passkey is added, signs in, and works once for each challenge', { timeout: 120_000 }, async () => {
  const page = await visitor(browser, authority, { script: true });
  const address = 'janet@contoso.example';
  await signUp(page, authority, address, { password: PASSWORD });
  await signIn(page, address);
  const device = await authenticator(page);
  await page.goto('/account/passkey');
  await page.fill('#name', 'laptop');
  await page.click('form[data-passkey] button');
  await page.waitForURL('**/account');
  assert.match(await page.textContent('main'), /laptop/);
  const [credential] = await device.credentials();
  assert.equal(credential.rpId, 'localhost');
  assert.ok(credential.isResidentCredential);
  const mail = await authority.mailbox.mailFor(address);
  assert.equal(mail.subject, 'A passkey was added at Clausa');

  // Signed out, and in again with nothing but the passkey.
  await page.click('button[value=sign-out]');
  await page.goto('/account/signin');
  let sent;
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.postData()?.includes('step=passkey')) sent = request.postData();
  });
  await page.click('form[data-passkey] button');
  await page.waitForURL('**/account');
  assert.match(await page.textContent('main'), new RegExp(address));
  assert.ok(sent);

  // The same answer once more, altered or not, signs nobody in.
  const send = (body) => page.context().request.post('/account/signin', {
    data: body,
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: authority.origin },
    maxRedirects: 0,
  });
  const token = await page.getAttribute('input[name=form_token]', 'value');
  const fields = new URLSearchParams(sent);
  fields.set('form_token', token);
  assert.equal((await send(fields.toString())).status(), 401);

  // Each field has to fit: a fresh answer is taken, and one of its fields spoilt.
  for (const name of ['credential', 'user_handle', 'client_data', 'authenticator_data', 'signature']) {
    await page.goto('/account/signin');
    await page.route('**/account/signin', async (route) => {
      const body = new URLSearchParams(route.request().postData());
      const value = body.get(name);
      const middle = Math.floor(value.length / 2);
      body.set(name, value.slice(0, middle) + (value[middle] === 'A' ? 'B' : 'A') + value.slice(middle + 1));
      await route.continue({ postData: body.toString() });
    });
    await page.click('form[data-passkey] button');
    await page.waitForSelector('#wrong');
    await page.unroute('**/account/signin');
  }

  // A holder who was not verified is none.
  await page.goto('/account/signin');
  await device.verifies(false);
  await page.click('form[data-passkey] button');
  await page.waitForSelector('form[data-passkey] [role=alert]:not([hidden])');
  assert.deepEqual(page.foreign, []);
});
