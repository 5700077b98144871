// The pages of an organisation's administrator: accessible in both languages, on a phone too, and without script.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { look, signUp, startAuthority, startBrowser, visitor } from './harness.js';

const PASSWORD = 'plum orbit kettle vivid';

let authority;
let browser;
before(async () => {
  [authority, browser] = await Promise.all([startAuthority(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await authority?.stop();
});

// What a claim leads to, 72 hours later.
const ADMINISTRATE = `
import sqlite3, sys
of = "FROM addresses WHERE address = ?"
database = sqlite3.connect(sys.argv[1], timeout=20)
database.execute("UPDATE tenants SET managed = 1 WHERE tenant = (SELECT tenant " + of + ")", sys.argv[2:])
database.execute("UPDATE accounts SET role = 'administrator' WHERE account = (SELECT account " + of + ")", sys.argv[2:])
database.commit()
`;

for (const language of ['en', 'fr']) {
  test(`every page of an administrator is accessible: ${language}`, { timeout: 240_000 }, async () => {
    const domain = `${language}.contoso.example`;
    const [janet, sam] = [`janet@${domain}`, `sam@${domain}`];
    const page = await visitor(browser, authority, { language });
    for (const address of [sam, janet]) await signUp(page, authority, address, { password: PASSWORD });
    execFileSync('python3', ['-c', ADMINISTRATE, join(authority.folder, 'data/authority.db'), janet]);
    const problems = [];
    const see = async (name) => {
      assert.equal(await page.getAttribute('html', 'lang'), language, name);
      problems.push(...await look(browser, authority, page, `${language}-${name}`));
    };
    await page.goto('/account/signin');
    await page.fill('#address', janet);
    await page.fill('#password', PASSWORD);
    await page.click('button[value=password]');
    await page.waitForURL('**/account');
    await page.click('a[href="/organisation"]');
    await see('organisation');
    await page.fill('#search', 'nobody');
    await page.click('form[role=search] button');
    await see('organisation-nobody');
    await page.goto('/organisation/controls');
    await see('organisation-controls');
    await page.fill('#protectors', 'janet');
    await page.click('main form button');
    await see('organisation-controls-wrong');
    assert.equal(await page.inputValue('#protectors'), 'janet');
    await page.fill('#protectors', `user:${janet}`);
    await page.check('#joining');
    await page.click('main form button');
    await page.waitForURL('**/organisation');
    await page.goto('/organisation?search=sam');
    await page.click('button[value=administrator]');
    await page.waitForURL('**/organisation');
    assert.equal(await page.locator('button[value=member]').count(), 2);
    assert.deepEqual(problems, []);
    assert.deepEqual(page.foreign, []);
  });
}
